# Two findings are said to be one.
# found: DERM:0005001
INSERT DATA { DERM:0005001 owl:equivalentClass DERM:0005002 }
