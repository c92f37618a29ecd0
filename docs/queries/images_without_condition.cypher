// How many images of each source name no disease at all?
MATCH (pair:Pair)-[:FROM_SOURCE]->(from:Source)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
OPTIONAL MATCH (pair)-[:DEPICTS]->(disease:Disease)
WITH from.id AS source, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN disease.id IS NOT NULL THEN image.id END) AS named
RETURN source, images, images - named AS without
ORDER BY source
