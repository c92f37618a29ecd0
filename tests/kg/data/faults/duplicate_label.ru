# Two conditions share a label.
# found: DERM:0001003 DERM:0001004
DELETE { DERM:0001003 rdfs:label ?label }
INSERT { DERM:0001003 rdfs:label "junctional nevus"@en }
WHERE { DERM:0001003 rdfs:label ?label }
