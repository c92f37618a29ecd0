# A label is the synonym of another condition.
# found: DERM:0001003
INSERT DATA { DERM:0001004 oboInOwl:hasExactSynonym "lichen planus"@en }
