// At which sites is a disease seen, and does the ontology call the site, or what it is part of, typical of it?
// $disease: term = plaque psoriasis
MATCH (below:Disease)-[:ANCESTOR]->(broad:Disease)
WHERE broad.id = $disease
MATCH (pair:Pair)-[:DEPICTS]->(below)
MATCH (pair)-[:AT_SITE]->(term:BodySite)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
OPTIONAL MATCH (below)-[:HAS_TYPICAL_SITE]->(whole:BodySite)<-[:ANCESTOR]-(term)
RETURN term.label AS site, count(DISTINCT image.id) AS images,
  count(DISTINCT CASE WHEN whole.id IS NOT NULL THEN image.id END) AS typical
ORDER BY images DESC, site
