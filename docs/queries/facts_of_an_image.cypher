// What is said of one image, and on what evidence?
// $image: text
MATCH (pair:Pair)-[:OF_IMAGE]->(image:Image)
WHERE image.id = $image
MATCH (pair)-[edge:DEPICTS|RULES_OUT|SUSPECTS|SHOWS|LACKS|MAY_SHOW|HAS_SYMPTOM|LACKS_SYMPTOM|AT_SITE|HAS_SKIN_TONE
  |HAS_HISTORY|LACKS_HISTORY|HAS_HISTORY_OF]->(term:Disease|Concept|BodySite|SkinTone|History)
UNWIND edge.evidence AS evidence
RETURN DISTINCT type(edge) AS relation, term.label AS name, evidence
ORDER BY relation, name, evidence
