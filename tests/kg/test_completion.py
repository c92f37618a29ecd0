"""What is offered while a query is being written."""

from typing import TYPE_CHECKING

import pytest

from kg.completion import Completion

if TYPE_CHECKING:
    from kg.graph import Language
    from kg.ontology import Ontology


@pytest.fixture(scope="module")
def completion(ontology: "Ontology") -> Completion:
    return Completion(ontology)


@pytest.mark.parametrize(
    ("language", "before", "text", "replaced"),
    [
        ("cypher", "MATCH (p:Pa", "Pair", 2),
        ("cypher", "MATCH (p:Pair)-[:DEP", "DEPICTS", 3),
        ("cypher", "MATCH (p)-[:SHOWS|LA", "LACKS", 2),
        ("cypher", "RETURN p.text_", "text_kind", 5),
        ("cypher", "mat", "MATCH", 3),
        ("cypher", "WHERE d.label = 'plaque ps", "plaque psoriasis'", 9),
        ("cypher", "WHERE d.label = 'it\\'s' OR d.label = \"plaque ps", 'plaque psoriasis"', 9),
        ("sparql", "SELECT * WHERE { ?p d1m:dep", "d1m:depicts", 7),
        ("sparql", "?x sk", "skos:", 2),
        ("sparql", '?x rdfs:label "plaque ps', 'plaque psoriasis"@en', 9),
        ("sparql", "?d d1m:ancestor DERM:guttate", "DERM:0001032", 12),
        ("cypher", "WHERE d.label = 'psoriasis vulg", "plaque psoriasis'", 14),
        ("sparql", "?d d1m:ancestor DERM:psoriasis", "DERM:0001031", 14),
        ("sparql", "selec", "SELECT", 5),
    ],
)
def test_what_may_follow_is_offered(
    language: "Language", before: str, text: str, replaced: int, completion: Completion
) -> None:
    offered = {suggestion.text: suggestion.replaced for suggestion in completion.suggest(before, language)}
    assert offered[text] == replaced


@pytest.mark.parametrize(
    ("language", "before", "text"),
    [
        ("cypher", "RETURN p.Pa", "Pair"),  # a property follows, no label
        ("cypher", "MATCH (p:te", "text"),
        ("cypher", "RETURN 'closed' ", "MATCH"),
        ("sparql", "", "SELECT"),
        ("sparql", '"p', 'plaque"@en'),  # two characters at least
    ],
)
def test_what_may_not_follow_is_not(language: "Language", before: str, text: str, completion: Completion) -> None:
    assert text not in [suggestion.text for suggestion in completion.suggest(before, language)]


def test_the_synonym_by_which_a_term_is_found_is_told(completion: Completion) -> None:
    notes = {suggestion.text: suggestion.note for suggestion in completion.suggest("'psoriasis vulg", "cypher")}
    assert notes["plaque psoriasis'"] == "DERM:0001031 = psoriasis vulgaris"


def test_labels_that_begin_so_come_first_and_no_more_than_asked_for(completion: Completion) -> None:
    offered = completion.suggest("'melanoma", "cypher", limit=3)
    assert len(offered) == 3
    assert offered[0].text == "melanoma'"
    assert offered[0].note == "DERM:0000183"
