// How were the diagnoses below a group confirmed?
// $disease: term = premalignant, borderline and malignant neoplasms
MATCH (disease:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
MATCH (pair:Pair)-[edge:DEPICTS]->(disease)
WHERE edge.confirmed_by IS NOT NULL
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
UNWIND split(edge.confirmed_by, '; ') AS confirmed_by
RETURN disease.label AS diagnosis, confirmed_by, count(DISTINCT image.id) AS images
ORDER BY diagnosis, confirmed_by
