// Of how many images of malignant diseases was the diagnosis not confirmed by histopathology?
MATCH (pair:Pair)-[edge:DEPICTS]->(term:Disease)
WHERE term.malignancy = 'malignant'
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH term.label AS disease, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN edge.confirmed_by CONTAINS 'histopathology' THEN image.id END) AS confirmed
RETURN disease, images, images - confirmed AS unconfirmed
ORDER BY unconfirmed DESC, disease
