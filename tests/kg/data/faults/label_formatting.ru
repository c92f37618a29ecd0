# A label over two lines.
# found: DERM:0001003
DELETE { DERM:0001003 rdfs:label ?label }
INSERT { DERM:0001003 rdfs:label "lichen\nplanus"@en }
WHERE { DERM:0001003 rdfs:label ?label }
