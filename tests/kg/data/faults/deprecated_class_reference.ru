# A deprecated class keeps its place in the tree.
# found: DERM:0001004
DELETE { DERM:0001004 rdfs:label ?label }
INSERT { DERM:0001004 owl:deprecated true ; rdfs:label "obsolete junctional nevus"@en }
WHERE { DERM:0001004 rdfs:label ?label }
