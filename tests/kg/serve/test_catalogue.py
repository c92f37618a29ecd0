"""The pairs by number say what the tables and a selection say."""

from typing import TYPE_CHECKING

import pytest

from kg.selection import Selection
from kg.serve.catalogue import Catalogue, Wanted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

FILTERS = [
    ({"disease": ["psoriasis"]}, {}),
    ({"disease": ["malignant skin neoplasm", "rosacea"]}, {"text_kind": ["caption"]}),
    ({"site": ["upper limb"]}, {"source": ["room"], "modality": ["clinical"]}),
    ({"concept": ["plaque"], "site": ["elbow"]}, {}),
    ({"tone": ["Fitzpatrick skin type V"]}, {}),
    ({"tone": ["Fitzpatrick skin type V"], "disease": ["melanoma"]}, {}),
]


@pytest.fixture(scope="module")
def catalogue(showroom: "KnowledgeGraph") -> Catalogue:
    return Catalogue(showroom)


@pytest.mark.parametrize(("terms", "columns"), FILTERS)
def test_filters_mean_what_a_selection_means(
    catalogue: Catalogue, showroom: "KnowledgeGraph", terms: dict[str, list[str]], columns: dict[str, list[str]]
) -> None:
    curies = {name: [showroom.ontology.term(label).curie for label in labels] for name, labels in terms.items()}
    found = catalogue.find(Wanted(curies, columns))

    selected = Selection(
        diseases=tuple(terms.get("disease", ())),
        concepts=tuple(terms.get("concept", ())),
        sites=tuple(terms.get("site", ())),
        skin_tones=tuple(terms.get("tone", ())),
        sources=tuple(columns.get("source", ())),
        modality=tuple(columns.get("modality", ())),
        text_kinds=tuple(columns.get("text_kind", ())),
    ).apply(showroom)
    assert [row["pair"] for row in catalogue.texts(found.nonzero()[0])] == selected["pair"].to_pylist()


def test_counts_are_those_of_a_query(catalogue: Catalogue, showroom: "KnowledgeGraph") -> None:
    question = """
        MATCH (pair:Pair)-[:DEPICTS]->(:Disease)-[:ANCESTOR]->(above) MATCH (pair)-[:OF_IMAGE]->(image:Image)
        RETURN above.id AS id, count(DISTINCT image) AS images"""
    counted = {row["id"]: row["images"] for row in showroom.cypher(question).to_pylist()}
    kinds = dict(zip(*(showroom.terms()[name].to_pylist() for name in ("term", "kind")), strict=True))
    assert counted
    assert {c: n for c, n in catalogue.counts.items() if kinds[c] in ("disease", "defined")} == counted


def test_a_pair_is_found_by_its_id(catalogue: Catalogue, showroom: "KnowledgeGraph") -> None:
    pairs = showroom.pairs()["pair"].to_pylist()
    assert [catalogue.find_pair(pair) for pair in pairs[::7]] == list(range(0, len(pairs), 7))
    assert catalogue.find_pair("room:no such:caption:0") is None
    assert catalogue.find_pair("nonsense") is None


def test_the_evidence_of_a_pair_is_all_that_is_said_of_its_image(
    catalogue: Catalogue, showroom: "KnowledgeGraph"
) -> None:
    facts = [row for row in showroom.image_facts().to_pylist() if row["image"] == "room:00.jpg"]
    row = catalogue.find_pair("room:00.jpg:caption:0")
    assert row is not None
    assert catalogue.evidence(row) == facts
