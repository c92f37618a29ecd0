// Which findings are seen together most often? The twenty most frequent pairs of them.
MATCH (pair:Pair)-[:SHOWS]->(first:Concept)
MATCH (pair)-[:SHOWS]->(second:Concept)
WHERE first.id < second.id AND first.kind = 'finding' AND second.kind = 'finding'
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH first, second, count(DISTINCT image) AS images
RETURN first.label AS one, second.label AS other, images
ORDER BY images DESC, one, other
LIMIT 20
