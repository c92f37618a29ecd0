# A group has lost its parent.
# found: DERM:0000105
# also: missing_superclass defined_class_without_equivalence
DELETE WHERE { DERM:0000105 rdfs:subClassOf ?parent }
