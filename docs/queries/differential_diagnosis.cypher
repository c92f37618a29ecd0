// What is a condition to be told from, and by what feature?
// $condition: term = plaque psoriasis
MATCH (disease:Disease)-[edge:HAS_DIFFERENTIAL]->(other:Disease)
WHERE disease.id = $condition
RETURN other.id AS id, other.label AS differential, edge.distinguished_by AS distinguished_by
ORDER BY id
