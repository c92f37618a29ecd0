// How old are the patients below a group, by decade and sex?
// $disease: term = inflammatory dermatoses
MATCH (disease:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
MATCH (pair:Pair)-[:DEPICTS]->(disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WHERE image.age IS NOT NULL
RETURN 10 * toInteger(floor(image.age / 10)) AS decade, coalesce(image.sex, 'unknown') AS sex,
  count(DISTINCT image.id) AS images
ORDER BY decade, sex
