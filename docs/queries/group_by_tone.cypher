// How many images of each skin tone are there below a group or a condition?
// $disease: term = inflammatory dermatoses
MATCH (disease:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
MATCH (pair:Pair)-[:DEPICTS]->(disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (pair)-[:HAS_SKIN_TONE]->(term:SkinTone)
RETURN term.label AS tone, count(DISTINCT image) AS images
ORDER BY tone
