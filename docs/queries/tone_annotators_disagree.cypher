// Where annotators read different tones of one scale from an image: which, and how often?
MATCH (pair:Pair)-[:HAS_SKIN_TONE]->(first:SkinTone)
MATCH (pair)-[:HAS_SKIN_TONE]->(second:SkinTone)
WHERE first.id < second.id
MATCH (first)-[:ANCESTOR]->(scale:SkinTone)
MATCH (second)-[:ANCESTOR]->(scale)
WHERE scale.label IN ['Fitzpatrick skin type', 'Monk skin tone']
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN first.label AS one, second.label AS other, count(DISTINCT image) AS images
ORDER BY images DESC, one, other
