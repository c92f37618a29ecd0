// Which groups of a level have no image at all?
// $level: integer = 2
MATCH (broad:Disease)
WHERE broad.level = $level
  AND NOT EXISTS { MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(broad) }
RETURN broad.id AS id, broad.label AS group_label
ORDER BY id
