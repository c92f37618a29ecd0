// Which diseases have the patient or the family had, and of how many images is that said?
MATCH (pair:Pair)-[edge:HAS_HISTORY_OF]->(term:Disease)
WHERE edge.who IS NOT NULL
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
UNWIND split(edge.who, '; ') AS who
RETURN term.label AS disease, who, count(DISTINCT image.id) AS images
ORDER BY disease, who
