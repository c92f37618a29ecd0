# A condition has lost its level.
# found: DERM:0001002
DELETE WHERE { DERM:0001002 DERM:0010021 ?level }
