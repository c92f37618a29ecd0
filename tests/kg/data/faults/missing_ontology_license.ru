# The header does not say how the ontology may be used.
# found: https://w3id.org/derm1m/sound.owl
DELETE WHERE { ?ontology dcterms:license ?licence }
