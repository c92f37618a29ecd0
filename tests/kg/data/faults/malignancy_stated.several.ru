# A condition is benign and not neoplastic.
# found: DERM:0001003
INSERT DATA {
  DERM:0001003 rdfs:subClassOf [ a owl:Restriction ; owl:onProperty DERM:0010002 ; owl:someValuesFrom DERM:0000021 ]
}
