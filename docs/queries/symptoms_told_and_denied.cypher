// Of how many images is each symptom told, and of how many denied?
MATCH (pair:Pair)-[edge:HAS_SYMPTOM|LACKS_SYMPTOM]->(term:Concept)
MATCH (pair)-[:OF_IMAGE]->(image:Image)
RETURN term.label AS symptom,
  count(DISTINCT CASE WHEN type(edge) = 'HAS_SYMPTOM' THEN image.id END) AS told,
  count(DISTINCT CASE WHEN type(edge) = 'LACKS_SYMPTOM' THEN image.id END) AS denied
ORDER BY symptom
