// Which photographic artifacts are seen, in images of which kind?
MATCH (pair:Pair)-[:SHOWS]->(term:Concept)
WHERE term.kind = 'artifact'
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN term.label AS artifact, coalesce(image.modality, 'unknown') AS modality, count(DISTINCT image.id) AS images
ORDER BY artifact, modality
