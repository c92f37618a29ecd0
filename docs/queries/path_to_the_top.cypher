// Which groups is a disease in, from the broadest down, and which defined classes?
// $disease: term = nodular melanoma
MATCH (disease:Disease)-[:ANCESTOR]->(above:Disease|DefinedClass)
WHERE disease.id = $disease
RETURN above.level AS level, above.id AS id, above.label AS name
ORDER BY coalesce(level, 9), id
