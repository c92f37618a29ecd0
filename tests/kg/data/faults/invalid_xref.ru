# A cross-reference with a space for a colon.
# found: DERM:0001001
INSERT DATA { DERM:0001001 oboInOwl:hasDbXref "MONDO 0000002" }
