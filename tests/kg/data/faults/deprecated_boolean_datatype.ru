# "true" as a text is not true.
# found: DERM:0001004
INSERT DATA { DERM:0001004 owl:deprecated "true" }
