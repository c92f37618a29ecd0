# Two terms mean the same external class.
# found: DERM:0001003 DERM:0001004
INSERT DATA { DERM:0001003 skos:exactMatch obo:MONDO_0000001 }
