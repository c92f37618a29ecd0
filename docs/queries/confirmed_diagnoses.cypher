// How were the diagnoses below "premalignant, borderline and malignant neoplasms" confirmed?
MATCH (disease:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.label = 'premalignant, borderline and malignant neoplasms'
MATCH (pair:Pair)-[edge:DEPICTS]->(disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WHERE edge.confirmed_by IS NOT NULL
RETURN disease.label AS diagnosis, edge.confirmed_by AS confirmed_by, count(DISTINCT image) AS images
ORDER BY diagnosis, confirmed_by
