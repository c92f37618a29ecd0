# A definition leans on a deprecated property.
# found: blank node
DELETE { DERM:0010003 rdfs:label ?label }
INSERT { DERM:0010003 owl:deprecated true ; rdfs:label "obsolete has cell of origin"@en }
WHERE { DERM:0010003 rdfs:label ?label }
