// Which findings are seen together most often? The twenty most frequent pairs of them.
MATCH (image:Image)<-[:OF_IMAGE]-(pair:Pair)-[:SHOWS]->(term:Concept)
WHERE term.kind = 'finding'
WITH DISTINCT image, term
WITH image, collect(term.label) AS seen
UNWIND seen AS one
UNWIND seen AS other
WITH one, other
WHERE one < other
RETURN one, other, count(*) AS images
ORDER BY images DESC, one, other
LIMIT 20
