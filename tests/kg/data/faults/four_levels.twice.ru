# A condition on two levels.
# found: DERM:0001004
# also: one_tree_parent
INSERT DATA { DERM:0001004 DERM:0010021 3 }
