# Two terms mean the same.
# found: DERM:0001004 DERM:0005002
DELETE { DERM:0001004 obo:IAO_0000115 ?definition }
INSERT { DERM:0001004 obo:IAO_0000115 "Small bump filled with pus."@en }
WHERE { DERM:0001004 obo:IAO_0000115 ?definition }
