// Which lesions have images that depict diseases of different branches? The first hundred.
MATCH (pair:Pair)-[:OF_IMAGE]->(image:Image)
WHERE image.lesion IS NOT NULL
MATCH (pair)-[:DEPICTS]->(disease:Disease)
MATCH (disease)-[:ANCESTOR]->(branch:Disease)
WHERE branch.level = 1
WITH image.lesion AS lesion, count(DISTINCT branch.id) AS branches, count(DISTINCT image.id) AS images
WHERE branches > 1
RETURN lesion, branches, images
ORDER BY branches DESC, lesion
LIMIT 100
