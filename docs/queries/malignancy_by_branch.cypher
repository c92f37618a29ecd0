// How many diseases and images of each malignancy are there in each of the broadest groups?
MATCH (disease:Disease)-[:ANCESTOR]->(branch:Disease)
WHERE branch.level = 1 AND disease.malignancy IS NOT NULL
OPTIONAL MATCH (pair:Pair)-[:DEPICTS]->(disease)
WHERE pair.text_kind = 'ontology sentence'
RETURN branch.label AS group_label, disease.malignancy AS malignancy,
  count(DISTINCT disease.id) AS diseases, count(DISTINCT pair) AS images
ORDER BY group_label, malignancy
