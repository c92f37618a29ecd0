# A label is lost.
# found: DERM:0001003
DELETE WHERE { DERM:0001003 rdfs:label ?label }
