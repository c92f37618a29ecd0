# A class is defined twice.
# found: DERM:0009001
# also: multiple_equivalent_classes
INSERT DATA {
  DERM:0009001 owl:equivalentClass [ a owl:Class ; owl:intersectionOf (
    DERM:0000105 [ a owl:Restriction ; owl:onProperty DERM:0010003 ; owl:someValuesFrom DERM:0000031 ] ) ] .
}
