// Which terms of a level have images, but fewer than a given number?
// $level: integer = 4
// $fewer: integer = 10
MATCH (term:Disease)
WHERE term.level = $level AND term.images > 0 AND term.images < $fewer
RETURN term.label AS name, term.images AS images
ORDER BY images, name
