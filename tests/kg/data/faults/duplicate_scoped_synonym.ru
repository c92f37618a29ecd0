# One name, exact and broad.
# found: DERM:0001001
INSERT DATA { DERM:0001001 oboInOwl:hasBroadSynonym "psoriasis vulgaris"@en }
