// Of how many images is each finding seen, said to be absent, and in doubt?
MATCH (pair:Pair)-[edge:SHOWS|LACKS|MAY_SHOW]->(term:Concept)
WHERE term.kind = 'finding'
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH term.label AS finding, type(edge) AS relation, count(DISTINCT image) AS images
RETURN finding, max(CASE WHEN relation = 'SHOWS' THEN images ELSE 0 END) AS seen,
  max(CASE WHEN relation = 'LACKS' THEN images ELSE 0 END) AS absent,
  max(CASE WHEN relation = 'MAY_SHOW' THEN images ELSE 0 END) AS in_doubt
ORDER BY finding
