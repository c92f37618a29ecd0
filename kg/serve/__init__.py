"""A graph in the browser: SPARQL's protocol, and pages to read the ontology and the pairs by."""
