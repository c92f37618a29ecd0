"""The pairs by number say what the tables and a selection say."""

from typing import TYPE_CHECKING

import pytest

from kg.counts import of_terms
from kg.selection import Selection
from kg.serve.catalogue import FIELD_OF_KIND, PRESENT, Catalogue, Wanted

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


def test_the_gallery_of_a_term_has_as_many_images_as_were_counted(
    catalogue: Catalogue, showroom: "KnowledgeGraph"
) -> None:
    terms = showroom.terms()
    counted = of_terms(showroom.counts(), terms)["images"].to_pylist()
    for curie, kind, images in zip(terms["term"].to_pylist(), terms["kind"].to_pylist(), counted, strict=True):
        if images and (field := FIELD_OF_KIND.get(kind)):
            assert catalogue.images_with(PRESENT[field], catalogue.below([curie])).sum() == images


def test_images_are_tallied_by_the_terms_that_they_name(catalogue: Catalogue, showroom: "KnowledgeGraph") -> None:
    melanoma = showroom.ontology.term("melanoma").curie
    images = catalogue.images_with(PRESENT["disease"], catalogue.below([melanoma]))
    question = """
        MATCH (pair:Pair)-[:DEPICTS]->(:Disease {id: $melanoma}) MATCH (pair)-[:AT_SITE]->(site:BodySite)
        MATCH (pair)-[:OF_IMAGE]->(image:Image) RETURN site.id AS id, count(DISTINCT image) AS images"""
    asked = showroom.cypher(question, {"melanoma": melanoma}).to_pylist()
    assert [row["images"] for row in asked] == [catalogue.tally(images)[row["id"]] for row in asked] != []


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
