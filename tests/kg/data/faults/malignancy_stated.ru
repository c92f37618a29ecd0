# A condition does not say how it behaves.
# found: DERM:0001003
DELETE { DERM:0001003 rdfs:subClassOf ?restriction }
WHERE { DERM:0001003 rdfs:subClassOf ?restriction . ?restriction owl:onProperty DERM:0010002 }
