// Which skin tones does each of the broadest groups show, and how often?
MATCH (pair:Pair)-[:HAS_SKIN_TONE]->(term:SkinTone)
MATCH (pair)-[:DEPICTS]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.level = 1
RETURN broad.label AS group_label, term.label AS tone, count(DISTINCT image) AS images
ORDER BY group_label, tone
