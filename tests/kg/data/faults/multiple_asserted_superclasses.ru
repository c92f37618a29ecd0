# A condition is a kind of a broader condition.
# found: DERM:0001002
INSERT DATA { DERM:0001002 rdfs:subClassOf DERM:0001001 }
