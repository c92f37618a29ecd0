// Which conditions are seen on the head or neck, or on any part of them?
MATCH (site:BodySite)-[:ANCESTOR]->(whole:BodySite)
WHERE whole.label = 'head and neck'
MATCH (pair:Pair)-[:AT_SITE]->(site)
MATCH (pair)-[:DEPICTS]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WHERE disease.level = 4
RETURN disease.label AS condition, count(DISTINCT image) AS images
ORDER BY images DESC, condition
