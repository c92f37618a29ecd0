// Which patients have the most images? The first twenty, with their number of lesions and of diseases.
MATCH (image:Image)
WHERE image.patient IS NOT NULL
OPTIONAL MATCH (pair:Pair)-[:OF_IMAGE]->(image)
OPTIONAL MATCH (pair)-[:DEPICTS]->(disease:Disease)
WITH image.patient AS patient, count(DISTINCT image.id) AS images, count(DISTINCT image.lesion) AS lesions,
  count(DISTINCT disease.id) AS diseases
WHERE images > 1
RETURN patient, images, lesions, diseases
ORDER BY images DESC, patient
LIMIT 20
