// Which findings tell one condition from another: of how many images of each are they said?
// $one: term = plaque psoriasis
// $other: term = basal cell carcinoma
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(above:Disease)
WHERE above.id = $one OR above.id = $other
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH count(DISTINCT CASE WHEN above.id = $one THEN image.id END) AS of_one,
  count(DISTINCT CASE WHEN above.id = $other THEN image.id END) AS of_other
MATCH (pair:Pair)-[:DEPICTS]->(disease:Disease)-[:ANCESTOR]->(above:Disease)
WHERE above.id = $one OR above.id = $other
MATCH (pair)-[:OF_IMAGE]->(image:Image)
MATCH (pair)-[:SHOWS]->(term:Concept)
WITH of_one, of_other, term.label AS finding,
  count(DISTINCT CASE WHEN above.id = $one THEN image.id END) AS in_one,
  count(DISTINCT CASE WHEN above.id = $other THEN image.id END) AS in_other
RETURN finding, in_one, of_one, in_other, of_other
ORDER BY abs(in_one * of_other - in_other * of_one) DESC, finding
LIMIT 20
