// Which columns of a source name different diseases of one image, neither above the other?
MATCH (pair:Pair)-[edge:DEPICTS]->(first:Disease)
MATCH (pair)-[mate:DEPICTS]->(second:Disease)
WHERE pair.text_kind = 'ontology sentence' AND first.id <> second.id
  AND NOT EXISTS { MATCH (first)-[:ANCESTOR]->(second) }
  AND NOT EXISTS { MATCH (second)-[:ANCESTOR]->(first) }
UNWIND edge.evidence AS said
UNWIND mate.evidence AS told
WITH pair, head(split(said, '|')) AS one, head(split(told, '|')) AS other
WHERE one < other
OPTIONAL MATCH (pair)-[:FROM_SOURCE]->(from:Source)
RETURN from.id AS source, one, other, count(DISTINCT pair.id) AS images
ORDER BY source, one, other
