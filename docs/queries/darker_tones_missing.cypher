// Which conditions are seen on some Fitzpatrick skin type, but never on type V or VI: on how many types, of how many images?
MATCH (disease:Disease)-[:COUNTED_WITH]->(tone:SkinTone)-[:ANCESTOR]->(scale:SkinTone)
WHERE scale.label = 'Fitzpatrick skin type' AND disease.level = 4
WITH disease.label AS condition, disease.images AS images, count(tone.id) AS types,
  count(CASE WHEN tone.label IN ['Fitzpatrick skin type V', 'Fitzpatrick skin type VI'] THEN 1 END) AS darker
WHERE darker = 0
RETURN condition, types, images
ORDER BY images DESC, condition
