// Of how many images is each finding seen, said to be absent, and in doubt?
MATCH (pair:Pair)-[edge:SHOWS|LACKS|MAY_SHOW]->(term:Concept)
WHERE term.kind = 'finding'
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN term.label AS finding,
  count(DISTINCT CASE WHEN type(edge) = 'SHOWS' THEN image.id END) AS seen,
  count(DISTINCT CASE WHEN type(edge) = 'LACKS' THEN image.id END) AS absent,
  count(DISTINCT CASE WHEN type(edge) = 'MAY_SHOW' THEN image.id END) AS in_doubt
ORDER BY finding
