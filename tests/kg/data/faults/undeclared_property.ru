# A property that nobody declared.
# found: dcterms:creator
INSERT DATA { DERM:0001003 dcterms:creator "Somebody" }
