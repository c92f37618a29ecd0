// Of which conditions does the ontology name findings, while no image depicts them? The first hundred.
MATCH (disease:Disease)-[:HAS_FINDING]->(term:Concept)
WHERE disease.level = 4 AND NOT EXISTS { MATCH (pair:Pair)-[:DEPICTS]->(disease) }
RETURN disease.id AS id, disease.label AS condition, count(DISTINCT term.id) AS findings
ORDER BY id
LIMIT 100
