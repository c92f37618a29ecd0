# The equivalence of a defined class is lost.
# found: DERM:0009001
DELETE WHERE { DERM:0009001 owl:equivalentClass ?definition }
