# The header does not say what the ontology is about.
# found: https://w3id.org/derm1m/sound.owl
DELETE WHERE { ?ontology dcterms:description ?text }
