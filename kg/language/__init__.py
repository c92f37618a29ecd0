"""Rules of English that alignment uses: spelling, plurals, negation and doubt. The vocabulary is the ontology's."""
