# A term is explained twice in English.
# found: DERM:0001003
INSERT DATA { DERM:0001003 obo:IAO_0000115 "Violet bumps with white lines."@en }
