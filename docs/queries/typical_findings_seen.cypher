// How often is a typical finding of a condition seen in its images? The twenty most frequent.
MATCH (disease:Disease)-[:HAS_FINDING]->(term:Concept)
MATCH (pair:Pair)-[:DEPICTS]->(disease)
MATCH (pair)-[:SHOWS]->(term)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN disease.label AS condition, term.label AS finding, count(DISTINCT image) AS images
ORDER BY images DESC, condition, finding
LIMIT 20
