# A term is called obsolete and not deprecated.
# found: DERM:0001003
DELETE { DERM:0001003 rdfs:label ?label }
INSERT { DERM:0001003 rdfs:label "obsolete lichen planus"@en }
WHERE { DERM:0001003 rdfs:label ?label }
