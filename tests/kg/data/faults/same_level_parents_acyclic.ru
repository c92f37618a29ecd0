# Two conditions are kinds of each other.
# found: DERM:0001001 DERM:0001005
# also: multiple_asserted_superclasses
INSERT DATA { DERM:0001001 rdfs:subClassOf DERM:0001005 }
