# The synonym type is no synonym type property.
# found: OMO:0003000
DELETE WHERE { obo:OMO_0003000 rdfs:subPropertyOf ?above }
