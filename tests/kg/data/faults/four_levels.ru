# A condition on a fifth level; its group has none left.
# found: DERM:0000104 DERM:0001003
DELETE { DERM:0001003 DERM:0010021 ?level }
INSERT { DERM:0001003 DERM:0010021 5 }
WHERE { DERM:0001003 DERM:0010021 ?level }
