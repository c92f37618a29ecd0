# The findings of a core condition are lost.
# found: DERM:0001001
DELETE WHERE { DERM:0001001 DERM:0010011 ?finding }
