// Which conditions are suspected, in how many images, in how many of them first, and how strongly at most?
MATCH (pair:Pair)-[edge:SUSPECTS]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN disease.label AS condition, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN edge.rank = 1 THEN image.id END) AS first, max(coalesce(edge.weight, 0.0)) AS strongest
ORDER BY images DESC, condition
