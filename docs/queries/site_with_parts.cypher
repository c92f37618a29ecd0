// Which conditions are seen at a site, or at any part of it?
// $site: term = head and neck
MATCH (part:BodySite)-[:ANCESTOR]->(whole:BodySite)
WHERE whole.id = $site
MATCH (pair:Pair)-[:AT_SITE]->(part)
MATCH (pair)-[:DEPICTS]->(disease:Disease)
WHERE disease.level = 4
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN disease.label AS condition, count(DISTINCT image) AS images
ORDER BY images DESC, condition
