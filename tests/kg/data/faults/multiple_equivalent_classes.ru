# A defined class is also said to be all that is not a plaque.
# found: DERM:0009001
INSERT DATA { DERM:0009001 owl:equivalentClass [ a owl:Class ; owl:complementOf DERM:0005001 ] }
