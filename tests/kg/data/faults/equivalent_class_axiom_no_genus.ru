# All that comes from melanocytes, be it a condition or not.
# found: DERM:0009002
# also: missing_superclass
INSERT DATA {
  DERM:0009002 a owl:Class ; rdfs:label "from melanocytes"@en ; obo:IAO_0000115 "What pigment cells give rise to."@en ;
    owl:equivalentClass [ a owl:Restriction ; owl:onProperty DERM:0010003 ; owl:someValuesFrom DERM:0000031 ] .
}
