// Of how many images is each factor of the history told, with which value, and of how many denied?
MATCH (pair:Pair)-[edge:HAS_HISTORY|LACKS_HISTORY]->(term:History)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
WITH term.label AS factor, edge.value AS value, edge.unit AS unit,
  count(DISTINCT CASE WHEN type(edge) = 'HAS_HISTORY' THEN image.id END) AS told,
  count(DISTINCT CASE WHEN type(edge) = 'LACKS_HISTORY' THEN image.id END) AS denied
RETURN factor, value, unit, told, denied
ORDER BY factor, coalesce(value, ''), coalesce(unit, '')
