// Which identifiers do the diseases below a group have in another vocabulary, such as MONDO, DOID or NCIT?
// $disease: term = psoriasis
// $vocabulary: text = MONDO
MATCH (term:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
UNWIND term.exact_matches AS external
WITH term.id AS id, term.label AS name, external
WHERE external STARTS WITH ($vocabulary + ':')
RETURN id, name, external
ORDER BY id, external
