# A label is empty.
# found: DERM:0001003
DELETE { DERM:0001003 rdfs:label ?label }
INSERT { DERM:0001003 rdfs:label ""@en }
WHERE { DERM:0001003 rdfs:label ?label }
