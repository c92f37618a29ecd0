// Where do the facts on skin tone come from: column, rule, and how many images?
MATCH (pair:Pair)-[edge:HAS_SKIN_TONE]->(tone:SkinTone)
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
OPTIONAL MATCH (pair)-[:FROM_SOURCE]->(source:Source)
UNWIND edge.evidence AS evidence
RETURN source.id AS source, evidence, count(DISTINCT image) AS images
ORDER BY source, evidence
