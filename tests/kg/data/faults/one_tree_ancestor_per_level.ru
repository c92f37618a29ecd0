# A group of level 2 in two branches: all below it are in both.
# found: DERM:0000102 DERM:0000103 DERM:0000104 DERM:0001001 DERM:0001002 DERM:0001003 DERM:0001005
# also: one_tree_parent multiple_asserted_superclasses
INSERT DATA { DERM:0000102 rdfs:subClassOf DERM:0000105 }
