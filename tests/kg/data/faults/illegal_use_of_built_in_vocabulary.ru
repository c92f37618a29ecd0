# rdf:type gets a label and a definition.
# found: rdf:type
INSERT DATA { rdf:type rdfs:label "is a"@en ; obo:IAO_0000115 "What something is."@en }
