// Which conditions are ruled out, and in how many images?
MATCH (pair:Pair)-[:RULES_OUT]->(disease:Disease)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN disease.label AS condition, count(DISTINCT image) AS images
ORDER BY images DESC, condition
