// Which groups do two diseases have in common, from the broadest down?
// $one: term = plaque psoriasis
// $other: term = guttate psoriasis
MATCH (first:Disease)-[:ANCESTOR]->(above:Disease)
WHERE first.id = $one
MATCH (second:Disease)-[:ANCESTOR]->(above)
WHERE second.id = $other
RETURN above.level AS level, above.id AS id, above.label AS name
ORDER BY level, id
