// How long is the tail: how many terms of each level have no image, a few, tens, hundreds or more?
MATCH (term:Disease)
OPTIONAL MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(term)
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH term.id AS id, term.level AS level, count(DISTINCT image.id) AS n
WITH level, CASE WHEN n = 0 THEN '0' WHEN n < 10 THEN '1-9' WHEN n < 100 THEN '10-99' WHEN n < 1000 THEN '100-999'
  ELSE '1000 or more' END AS images
RETURN level, images, count(*) AS terms
ORDER BY level, images
