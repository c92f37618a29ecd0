// How often is each typical finding of a condition seen in its images? What is never seen is left out.
// $condition: term = plaque psoriasis
MATCH (disease:Disease)-[:HAS_FINDING]->(term:Concept)
WHERE disease.id = $condition
MATCH (term)-[count:COUNTED_WITH]->(disease)
RETURN term.label AS finding, count.images AS images, disease.images AS of_images
ORDER BY images DESC, finding
