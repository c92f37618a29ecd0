"""The difference of two versions of an ontology, and the pairs that it touches."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from cli import app
from kg.changes import Change, Difference, compare, count_pairs
from kg.owlxml import read_structure
from kg.resources import ontology_folder
from tests.kg.ontologies import Statements, ontologies

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

OURS = ontology_folder() / "derm1m.owl"
HEADER = """
@prefix : <https://w3id.org/derm1m/DERM_> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<https://w3id.org/derm1m/derm1m.owl> a owl:Ontology .
dcterms:source a owl:AnnotationProperty .
:p a owl:ObjectProperty ; rdfs:label "has part"@en . :q a owl:ObjectProperty .
:1 a owl:Class ; rdfs:label "rash"@en .
:2 a owl:Class ; rdfs:label "skin disease"@en .
"""


def _difference(old: str, new: str) -> Difference:
    return compare(*(read_structure(_quads(turtle)) for turtle in (old, new)))


def _quads(turtle: str) -> Statements:
    return [ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(HEADER + turtle, format=ox.RdfFormat.TURTLE)]


def _only(difference: Difference) -> tuple[str, str, tuple[Change, ...]]:
    (entity,) = difference.entities
    return entity.fate, entity.label, entity.changes


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(statements=ontologies())
def test_a_version_does_not_differ_from_itself_in_another_order(statements: Statements) -> None:
    assert not compare(read_structure(statements), read_structure(statements[::-1]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(old=ontologies(), new=ontologies())
def test_the_way_back_is_the_way_there_mirrored(old: Statements, new: Statements) -> None:
    there, back = (compare(read_structure(a), read_structure(b)) for a, b in ((old, new), (new, old)))

    assert {entity.id for entity in there.entities} == {entity.id for entity in back.entities}
    assert sum(len(entity.changes) for entity in there.entities) == sum(len(entity.changes) for entity in back.entities)
    assert bool(there) == (read_structure(old) != read_structure(new))


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("", ":1 rdfs:comment 'new' .", Change("comment", None, "“new”")),
        (":1 rdfs:comment 'old' .", "", Change("comment", "“old”", None)),
        (":1 rdfs:comment 'old' .", ":1 rdfs:comment 'new' .", Change("comment", "“old”", "“new”")),
        ("", ":1 rdfs:subClassOf :2 .", Change("subclass of", None, "skin disease")),
        (
            ":1 rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :2 ] .",
            ":1 rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:allValuesFrom :2 ] .",
            Change("subclass of", "'has part' some 'skin disease'", "'has part' only 'skin disease'"),
        ),
        (
            "",
            ":1 owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :2 "
            "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :2 ] ) ] .",
            Change("equivalent to", None, "'skin disease' and ('has part' some 'skin disease')"),
        ),
        (
            ":1 rdfs:comment 'x'@en .",
            ":1 rdfs:comment 'x'@en . [] a owl:Axiom ; owl:annotatedSource :1 ; owl:annotatedProperty rdfs:comment ;"
            " owl:annotatedTarget 'x'@en ; dcterms:source 'a book' .",
            Change("comment", "“x”", "“x” [dcterms:source: “a book”]"),
        ),
        (":1 rdfs:comment 'x'@en .", ":1 rdfs:comment 'x'@de .", Change("comment", "“x”", "“x” (de)")),
    ],
)
def test_changes_are_told_in_words(old: str, new: str, change: Change) -> None:
    assert _only(_difference(old, new)) == ("changed", "rash", (change,))


def test_terms_come_and_go_with_all_that_is_said_of_them() -> None:
    term = ":3 a owl:Class ; rdfs:label 'wheal'@en ; rdfs:subClassOf :1 ."
    said = (Change("label", None, "“wheal”"), Change("subclass of", None, "rash"))

    assert _only(_difference("", term)) == ("added", "wheal", said)
    assert _only(_difference(term, ""))[:2] == ("removed", "wheal")


def test_a_deprecated_term_is_told_as_such() -> None:
    assert _only(_difference("", ":1 owl:deprecated true ."))[0] == "deprecated"
    assert _only(_difference(":1 owl:deprecated true .", ""))[0] == "restored"


def test_the_header_and_general_axioms_are_compared_too() -> None:
    general = "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :1 ] rdfs:subClassOf :2 ."
    version = "<https://w3id.org/derm1m/derm1m.owl> owl:versionIRI <https://w3id.org/derm1m/2> ; rdfs:comment 'x' ."

    difference = _difference("", general + version)

    assert difference.general == (Change("subclass of", None, "'has part' some rash: skin disease"),)
    assert {change.what for change in difference.header} == {"version", "comment"}


def test_pairs_of_a_term_and_of_those_below_it_are_counted(small_graph: "KnowledgeGraph") -> None:
    ontology, facts = small_graph.ontology, small_graph.facts().to_pylist()
    touched, untouched = ["psoriasis", "melanoma", "ruler"], "alopecia areata"
    edits = "".join(f"<{ontology.term(n).iri}> a owl:Class ; rdfs:comment 'x' .\n" for n in [*touched, untouched])

    counted = count_pairs(_difference("", edits), small_graph)

    for name in touched:
        below = {term.curie for term in ontology.descendants(name)}
        assert counted[ontology.term(name).curie] == len({fact["pair"] for fact in facts if fact["term"] in below}) > 0
    assert counted[ontology.term(untouched).curie] == 0


def test_command_names_the_one_change_and_its_pairs(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    psoriasis = small_graph.ontology.term("psoriasis")
    edited = tmp_path / "edited.owl"
    text = OURS.read_text(encoding="utf-8").replace(">psoriasis</rdfs:label>", ">psoriasis vulgaris</rdfs:label>")
    edited.write_text(text, encoding="utf-8")
    folder = str(small_graph.folder.parent.parent)

    told = CliRunner().invoke(app, ["ontology", "diff", str(OURS), str(edited), "--kg", folder, "--json"])

    (entity,) = json.loads(told.output)["entities"]
    assert entity["id"] == psoriasis.curie
    assert entity["changes"] == [{"what": "label", "before": "“psoriasis”", "after": "“psoriasis vulgaris”"}]
    assert entity["pairs"] > 0


def test_command_tells_changes_line_by_line(tmp_path: Path) -> None:
    old, new = tmp_path / "old.ttl", tmp_path / "new.ttl"
    old.write_text(HEADER)
    new.write_text(HEADER + ":1 rdfs:subClassOf :2 ; rdfs:comment 'x' .")

    told = CliRunner().invoke(app, ["ontology", "diff", str(old), str(new)])
    same = CliRunner().invoke(app, ["ontology", "diff", str(old), str(old)])

    assert told.output.splitlines() == [
        "changed term: rash (DERM:1)",
        "  + comment: “x”",
        "  + subclass of: skin disease",
    ]
    assert same.output == "no difference\n"
