// At which sites is a disease seen, and does the ontology call the site, or what it is part of, typical of it?
// $disease: term = plaque psoriasis
MATCH (pair:Pair)-[:DEPICTS]->(below:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
OPTIONAL MATCH (pair)-[:AT_SITE]->(term:BodySite)
OPTIONAL MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH DISTINCT below, term, image
WHERE term.id IS NOT NULL
OPTIONAL MATCH (below)-[:HAS_TYPICAL_SITE]->(whole:BodySite)<-[:ANCESTOR]-(term)
RETURN term.label AS site, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN whole.id IS NOT NULL THEN image.id END) AS typical
ORDER BY images DESC, site
