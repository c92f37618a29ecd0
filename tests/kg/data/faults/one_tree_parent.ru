# A condition hangs also from a group two levels up.
# found: DERM:0001003
# also: multiple_asserted_superclasses
INSERT DATA { DERM:0001003 rdfs:subClassOf DERM:0000106 }
