// How many images are there in each of the broadest groups?
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.level = 1
RETURN broad.label AS group_label, count(DISTINCT image) AS images
ORDER BY images DESC, group_label
