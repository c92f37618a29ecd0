# A finding in the place of a malignancy.
# found: DERM:0001003
DELETE { ?restriction owl:someValuesFrom ?value }
INSERT { ?restriction owl:someValuesFrom DERM:0005001 }
WHERE { DERM:0001003 rdfs:subClassOf ?restriction . ?restriction owl:someValuesFrom ?value }
