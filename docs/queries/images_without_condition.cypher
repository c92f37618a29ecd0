// How many images of each source name no disease at all?
MATCH (from:Source)
OPTIONAL MATCH (pair:Pair)-[:FROM_SOURCE]->(from)
WHERE EXISTS { MATCH (pair)-[:DEPICTS]->(disease:Disease) }
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH from.id AS source, from.images AS images, count(DISTINCT image.id) AS named
RETURN source, images, images - named AS without
ORDER BY source
