// Which texts hold these words, in any case? The first twenty.
// $words: text = melanoma
MATCH (pair:Pair)
WHERE toLower(pair.text) CONTAINS toLower($words)
RETURN pair.id AS id, pair.text AS text
ORDER BY id
LIMIT 20
