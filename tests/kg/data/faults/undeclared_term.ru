# A typical finding that does not exist.
# found: DERM:0001003
INSERT DATA { DERM:0001003 DERM:0010011 DERM:0005999 }
