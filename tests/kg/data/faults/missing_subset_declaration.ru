# The subset is no subset property.
# found: DERM:0010031
DELETE WHERE { DERM:0010031 rdfs:subPropertyOf ?above }
