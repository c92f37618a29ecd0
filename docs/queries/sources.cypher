// Which data sets are in the graph, under which licence, and how many images has each?
MATCH (pair:Pair)-[:FROM_SOURCE]->(from:Source)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN from.id AS source, from.licence AS licence, count(DISTINCT image) AS images
ORDER BY source
