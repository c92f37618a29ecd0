# 1 is not true either.
# found: DERM:0001004
INSERT DATA { DERM:0001004 owl:deprecated 1 }
