// Which two diseases are said of one image although neither is above the other? The fifty most frequent.
MATCH (pair:Pair)-[:DEPICTS]->(first:Disease)
MATCH (pair)-[:DEPICTS]->(second:Disease)
WHERE first.id < second.id
  AND NOT EXISTS { MATCH (first)-[:ANCESTOR]->(second) }
  AND NOT EXISTS { MATCH (second)-[:ANCESTOR]->(first) }
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN first.label AS one, second.label AS other, count(DISTINCT image) AS images
ORDER BY images DESC, one, other
LIMIT 50
