# A term has two English labels.
# found: DERM:0001003
INSERT DATA { DERM:0001003 rdfs:label "lichen ruber planus"@en }
