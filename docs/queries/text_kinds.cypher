// How many pairs of each kind of text has each source?
MATCH (pair:Pair)-[:FROM_SOURCE]->(from:Source)
RETURN from.id AS source, pair.text_kind AS text_kind, count(*) AS pairs
ORDER BY source, text_kind
