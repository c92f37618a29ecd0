# The header does not name the ontology.
# found: https://w3id.org/derm1m/sound.owl
DELETE WHERE { ?ontology dcterms:title ?title }
