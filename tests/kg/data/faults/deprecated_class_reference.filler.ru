# A deprecated class fills a restriction.
# found: blank node
DELETE { DERM:0000031 rdfs:label ?label ; rdfs:subClassOf ?parent }
INSERT { DERM:0000031 owl:deprecated true ; rdfs:label "obsolete melanocyte"@en }
WHERE { DERM:0000031 rdfs:label ?label ; rdfs:subClassOf ?parent }
