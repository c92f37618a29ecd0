// How many images of each skin tone are there below a group or a condition?
// $disease: term = inflammatory dermatoses
MATCH (disease:Disease)-[count:COUNTED_WITH]->(term:SkinTone)
WHERE disease.id = $disease
RETURN term.label AS tone, count.images AS images
ORDER BY tone
