# A parent in another ontology that nobody declared.
# found: DERM:0005001
# also: multiple_asserted_superclasses
INSERT DATA { DERM:0005001 rdfs:subClassOf obo:HP_0000999 }
