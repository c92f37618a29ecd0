# A definition leans on a cell type that does not exist.
# found: DERM:0009001
DELETE { ?restriction owl:someValuesFrom DERM:0000031 }
INSERT { ?restriction owl:someValuesFrom DERM:0000099 }
WHERE { ?restriction owl:someValuesFrom DERM:0000031 }
