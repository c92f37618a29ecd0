// Images of a malignant condition, by how the diagnosis was confirmed
MATCH (pair:Pair)-[edge:DEPICTS]->(disease:Disease)
WHERE disease.malignancy = 'malignant' AND edge.confirmed_by IS NOT NULL
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN disease.label AS condition, edge.confirmed_by AS confirmed_by, count(DISTINCT image) AS images
ORDER BY condition, confirmed_by
