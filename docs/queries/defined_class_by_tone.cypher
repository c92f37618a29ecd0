// How many images of each skin tone does a defined class have, whose members a reasoner finds?
// $class: term = melanocytic neoplasm
MATCH (defined:DefinedClass)-[count:COUNTED_WITH]->(term:SkinTone)
WHERE defined.id = $class
RETURN term.label AS tone, count.images AS images
ORDER BY tone
