# A property is declared and nothing else is said of it.
# found: dcterms:contributor
INSERT DATA { dcterms:contributor a owl:AnnotationProperty }
