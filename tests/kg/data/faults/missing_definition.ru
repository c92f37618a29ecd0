# A definition is lost.
# found: DERM:0001003
DELETE WHERE { DERM:0001003 obo:IAO_0000115 ?definition }
