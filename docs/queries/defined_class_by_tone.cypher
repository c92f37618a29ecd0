// How many images of each skin tone does a defined class have, whose members a reasoner finds?
// $class: term = melanocytic neoplasm
MATCH (disease:Disease)-[above:ANCESTOR]->(defined:DefinedClass)
WHERE defined.id = $class AND above.inferred
MATCH (pair:Pair)-[:DEPICTS]->(disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (pair)-[:HAS_SKIN_TONE]->(term:SkinTone)
RETURN term.label AS tone, count(DISTINCT image) AS images
ORDER BY tone
