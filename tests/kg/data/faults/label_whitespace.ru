# A label begins with a space.
# found: DERM:0001003
DELETE { DERM:0001003 rdfs:label ?label }
INSERT { DERM:0001003 rdfs:label " lichen planus"@en }
WHERE { DERM:0001003 rdfs:label ?label }
