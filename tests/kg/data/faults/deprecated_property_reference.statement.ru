# A deprecated annotation is still made.
# found: DERM:0001001 DERM:0001002
DELETE { DERM:0010011 rdfs:label ?label }
INSERT { DERM:0010011 owl:deprecated true ; rdfs:label "obsolete has typical finding"@en }
WHERE { DERM:0010011 rdfs:label ?label }
