"""OBO and OBO Graphs: what the formats hold of an ontology, and what they leave out."""

from pathlib import Path
from typing import Any

import fastobo
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.obo import to_obo, to_obographs
from kg.ontology import vocabulary as v
from kg.owlxml import Annotation, Axiom, Entity, Kind, Structure, load_structure
from kg.owlxml.axioms import Sort
from kg.rdfio import PREFIXES
from kg.resources import ontology_folder

DATA = Path(__file__).parent / "data" / "obo"
TERM, OBO = PREFIXES["DERM"], PREFIXES["obo"]


@pytest.fixture(scope="module")
def terms() -> Structure:
    """A small ontology with each thing that a stanza may hold, and some that none can."""
    return load_structure(DATA / "terms.ttl")


@pytest.fixture(scope="module")
def graph(terms: Structure) -> dict[str, Any]:
    return to_obographs(terms)[0]["graphs"][0]


def test_stanzas_are_as_the_specification_has_them(terms: Structure) -> None:
    text, _ = to_obo(terms)

    assert text == (DATA / "terms.obo").read_text(encoding="utf-8")


def test_obo_leaves_out_second_labels_and_expressions_without_a_clause(terms: Structure) -> None:
    _, left_out = to_obo(terms)

    assert [(axiom.sort.value, getattr(axiom.object, "language", None)) for axiom in left_out] == [
        ("AnnotationAssertion", "de"),
        ("SubClassOf", None),
    ]


def test_graphs_leave_out_transitivity_too(terms: Structure) -> None:
    _, left_out = to_obographs(terms)

    assert [axiom.sort.value for axiom in left_out] == ["AnnotationAssertion", "SubClassOf", "TransitiveObjectProperty"]


def test_a_strict_reader_takes_the_shipped_ontology_as_it_is_written() -> None:
    text, _ = to_obo(load_structure(ontology_folder() / "derm1m.owl"))

    assert str(fastobo.loads(text)) == text


# fastobo takes an escaped backslash before the closing quote for an escaped quote
line = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(
    lambda text: text == text.strip() and not text.endswith("\\")
)


@given(name=line, definition=line, source=line)
def test_any_text_can_be_read_again(name: str, definition: str, source: str) -> None:
    subject = ox.NamedNode(f"{TERM}1")
    remark = (Annotation(PREFIXES["dcterms"] + "source", ox.Literal(source)),)
    axioms = {
        Axiom(Sort.DECLARATION, Entity(Kind.CLASS, subject.value), v.TYPE, ox.NamedNode(v.CLASS)),
        Axiom(Sort.ANNOTATION_ASSERTION, subject, v.LABEL, ox.Literal(name, language="en")),
        Axiom(Sort.ANNOTATION_ASSERTION, subject, v.DEFINITION, ox.Literal(definition), remark),
    }

    text, _ = to_obo(Structure("http://example.org/o", axioms=frozenset(axioms)))

    clauses = list(fastobo.loads(text)[0])
    assert [clauses[0].name, str(clauses[1].definition)] == [name, definition]


def test_a_node_has_its_names_definition_and_values(graph: dict[str, Any]) -> None:
    tinea = next(node for node in graph["nodes"] if node["lbl"] == "tinea")

    assert tinea["id"] == f"{TERM}0000003"
    assert tinea["type"] == "CLASS"
    assert tinea["meta"]["definition"] == {"val": 'Called "ringworm".', "xrefs": ["MONDO:1"]}
    assert tinea["meta"]["subsets"] == [f"{TERM}0010031"]
    assert [(name["pred"], name["val"], name.get("synonymType")) for name in tinea["meta"]["synonyms"]] == [
        ("hasExactSynonym", "TU", f"{OBO}OMO_0003000"),
        ("hasExactSynonym", "nail tinea", None),
    ]
    finding = {"pred": f"{TERM}0010011", "val": f"{TERM}0000004"}
    frequency = {"basicPropertyValues": [{"pred": f"{TERM}0010014", "val": f"{OBO}HP_0040282"}]}
    assert {**finding, "meta": frequency} in tinea["meta"]["basicPropertyValues"]


def test_edges_are_named_superclasses_and_restrictions(graph: dict[str, Any]) -> None:
    about_tinea = [edge for edge in graph["edges"] if edge["sub"] == f"{TERM}0000003"]

    assert about_tinea == [
        {"sub": f"{TERM}0000003", "pred": "is_a", "obj": f"{TERM}0000001"},
        {"sub": f"{TERM}0000003", "pred": v.HAS_LOCATION, "obj": f"{TERM}0000002"},
    ]


def test_a_definition_by_axiom_has_genus_and_restrictions(graph: dict[str, Any]) -> None:
    restriction = {"propertyId": v.HAS_LOCATION, "fillerId": f"{TERM}0000002"}

    assert graph["logicalDefinitionAxioms"] == [
        {"definedClassId": f"{TERM}0000005", "genusIds": [f"{TERM}0000001"], "restrictions": [restriction]}
    ]


def test_an_obsolete_node_says_so(graph: dict[str, Any]) -> None:
    obsolete = [node["lbl"] for node in graph["nodes"] if node.get("meta", {}).get("deprecated")]

    assert obsolete == ["obsolete ringworm"]
