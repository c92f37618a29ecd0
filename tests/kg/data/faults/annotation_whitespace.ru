# A synonym ends with a space.
# found: DERM:0001001
INSERT DATA { DERM:0001001 oboInOwl:hasExactSynonym "chronic plaques "@en }
