// Which conditions are seen on some Fitzpatrick skin type, but never on type V or VI?
MATCH (pair:Pair)-[:HAS_SKIN_TONE]->(tone:SkinTone)-[:ANCESTOR]->(scale:SkinTone)
WHERE scale.label = 'Fitzpatrick skin type'
MATCH (pair)-[:DEPICTS]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WHERE disease.level = 4
WITH disease.label AS condition, count(DISTINCT image.id) AS images,
  count(CASE WHEN tone.label IN ['Fitzpatrick skin type V', 'Fitzpatrick skin type VI'] THEN 1 END) AS darker
WHERE darker = 0
RETURN condition, images
ORDER BY images DESC, condition
