// On what evidence is a disease said of images: source, column, rule, and how many images?
// $disease: term = plaque psoriasis
MATCH (pair:Pair)-[edge:DEPICTS]->(term:Disease)
WHERE term.id = $disease
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
OPTIONAL MATCH (pair)-[:FROM_SOURCE]->(from:Source)
UNWIND edge.evidence AS evidence
RETURN from.id AS source, evidence, count(DISTINCT image.id) AS images
ORDER BY source, evidence
