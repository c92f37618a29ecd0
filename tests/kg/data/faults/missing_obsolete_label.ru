# A deprecated term is called like one that lives.
# found: DERM:0001099
INSERT DATA {
  DERM:0001099 a owl:Class ; owl:deprecated true ; obo:IAO_0100001 DERM:0001001 ;
    rdfs:label "parapsoriasis"@en ; obo:IAO_0000115 "Not in use."@en .
}
