// Which terms of a level have images, but fewer than a given number?
// $level: integer = 4
// $fewer: integer = 10
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(term:Disease)
WHERE term.level = $level
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH term.label AS name, count(DISTINCT image.id) AS images
WHERE images < $fewer
RETURN name, images
ORDER BY images, name
