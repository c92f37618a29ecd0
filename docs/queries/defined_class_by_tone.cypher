// Images of a defined class, melanocytic neoplasm, by skin tone
MATCH (disease:Disease)-[above:ANCESTOR]->(class:DefinedClass)
WHERE class.label = 'melanocytic neoplasm' AND above.inferred
MATCH (pair:Pair)-[:DEPICTS]->(disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (pair)-[:HAS_SKIN_TONE]->(term:SkinTone)
RETURN term.label AS tone, count(DISTINCT image) AS images
ORDER BY tone
