// Which findings tell one condition from another: of how many images of each are they said?
// $one: term = plaque psoriasis
// $other: term = basal cell carcinoma
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(above:Disease)
WHERE above.id = $one OR above.id = $other
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
OPTIONAL MATCH (pair)-[:SHOWS]->(term:Concept)
WITH above, image, term
WHERE term.id IS NOT NULL
WITH term.label AS finding,
  count(DISTINCT CASE WHEN above.id = $one THEN image.id END) AS in_one,
  count(DISTINCT CASE WHEN above.id = $other THEN image.id END) AS in_other
MATCH (first:Disease), (second:Disease)
WHERE first.id = $one AND second.id = $other
WITH finding, in_one, first.images AS of_one, in_other, second.images AS of_other
RETURN finding, in_one, of_one, in_other, of_other
ORDER BY abs(in_one * of_other - in_other * of_one) DESC, finding
LIMIT 20
