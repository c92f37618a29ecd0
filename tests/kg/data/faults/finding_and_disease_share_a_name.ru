# A finding is also called like a condition.
# found: DERM:0001003 DERM:0005002
INSERT DATA { DERM:0005002 oboInOwl:hasExactSynonym "Lichen Planus"@en }
