# A definition begins with a small letter.
# found: DERM:0001003
DELETE { DERM:0001003 obo:IAO_0000115 ?definition }
INSERT { DERM:0001003 obo:IAO_0000115 "itchy shiny bumps at the wrists."@en }
WHERE { DERM:0001003 obo:IAO_0000115 ?definition }
