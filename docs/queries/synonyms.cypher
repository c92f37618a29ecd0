// By which other names is a term known?
// $term: term = plaque psoriasis
MATCH (term:Disease|DefinedClass|Concept|BodySite|SkinTone|History)
WHERE term.id = $term
UNWIND term.synonyms AS name
RETURN name
ORDER BY name
