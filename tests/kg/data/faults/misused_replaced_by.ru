# A living term is replaced.
# found: DERM:0001003
INSERT DATA { DERM:0001003 obo:IAO_0100001 DERM:0001004 }
