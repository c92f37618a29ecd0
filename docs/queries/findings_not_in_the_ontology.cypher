// Which findings are seen with a condition although the ontology does not name them for it?
// $condition: term = plaque psoriasis
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)
WHERE disease.id = $condition
MATCH (pair)-[:SHOWS]->(term:Concept)
WHERE term.kind = 'finding'
  AND NOT EXISTS { MATCH (disease)-[:HAS_FINDING]->(term) }
  AND NOT EXISTS { MATCH (disease)-[:HAS_DEFINING_FINDING]->(term) }
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN term.label AS finding, count(DISTINCT image) AS images
ORDER BY images DESC, finding
