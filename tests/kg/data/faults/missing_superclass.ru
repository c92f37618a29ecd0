# A defined class has an equivalence and no parent.
# found: DERM:0009002
INSERT DATA {
  DERM:0009002 a owl:Class ; rdfs:label "benign melanocytic growth"@en ; obo:IAO_0000115 "Harmless growth of pigment cells."@en ;
    owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
      DERM:0009001 [ a owl:Restriction ; owl:onProperty DERM:0010002 ; owl:someValuesFrom DERM:0000021 ] ) ] .
}
