# The namespace of OBO identifiers is misspelt.
# found: http://purl.org/obo/HP_0000001
INSERT DATA {
  <http://purl.org/obo/HP_0000001> a owl:Class ; rdfs:subClassOf DERM:0000003 ;
    rdfs:label "erosion"@en ; obo:IAO_0000115 "Shallow loss of the surface."@en .
}
