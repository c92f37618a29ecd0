// Which groups of level 2 have no image at all?
MATCH (broad:Disease)
WHERE broad.level = 2
  AND NOT EXISTS { MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(broad) }
RETURN broad.id AS id, broad.label AS group_label
ORDER BY id
