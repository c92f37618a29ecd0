// How many images of each source name no disease at all?
MATCH (from:Source)
OPTIONAL MATCH (pair:Pair)-[:FROM_SOURCE]->(from)
WHERE pair.text_kind = 'ontology sentence' AND EXISTS { MATCH (pair)-[:DEPICTS]->(disease:Disease) }
WITH from.id AS source, from.images AS images, count(pair.id) AS named
RETURN source, images, images - named AS without
ORDER BY source
