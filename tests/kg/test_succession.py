"""What becomes of a term in a later version of the ontology."""

from pathlib import Path

import pytest

from kg.errors import InputError
from kg.ontology import Ontology
from kg.succession import Succession, find_successors

HEADER = """
@prefix : <https://w3id.org/derm1m/DERM_> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix oboInOwl: <http://www.geneontology.org/formats/oboInOwl#> .
<https://w3id.org/derm1m/derm1m.owl> a owl:Ontology .
:0000001 a owl:Class ; rdfs:label "skin condition"@en .
:0000003 a owl:Class ; rdfs:label "clinical finding"@en .
:0000005 a owl:Class ; rdfs:label "photographic artifact"@en .
:0001002 a owl:Class ; rdfs:label "flat wart"@en ; rdfs:subClassOf :0000001 .
:0001003 a owl:Class ; rdfs:label "plantar wart"@en ; rdfs:subClassOf :0000001 .
:0001004 a owl:Class ; rdfs:label "filiform wart"@en .
:0005001 a owl:Class ; rdfs:label "scale"@en ; rdfs:subClassOf :0000003 .
:0005002 a owl:Class ; rdfs:label "ruler"@en ; rdfs:subClassOf :0000005 .
"""
WART = ':0001001 a owl:Class ; rdfs:label "common wart"@en ; rdfs:subClassOf :0000001 .'
OBSOLETE = ':0001001 a owl:Class ; rdfs:label "obsolete common wart"@en ; owl:deprecated true .'
REPLACED = OBSOLETE + ":0001001 obo:IAO_0100001 "


def _ontology(folder: Path, statements: str) -> Ontology:
    file = folder / "new.ttl"
    file.write_text(HEADER + statements, encoding="utf-8")
    return Ontology.load(file)


def _succeed(folder: Path, statements: str, *, old: str = WART, decision: str = "") -> Succession:
    terms = [_ontology(folder, old).term("DERM:0001001")]
    return find_successors(terms, _ontology(folder, statements), {"DERM:0001001": decision})


@pytest.mark.parametrize(
    ("statements", "target"),
    [
        (REPLACED + ":0001002 .", "DERM:0001002"),
        (REPLACED + "'DERM:0001002' .", "DERM:0001002"),
        (REPLACED + ":0001004 . :0001004 owl:deprecated '1' ; obo:IAO_0100001 :0001003 .", "DERM:0001003"),
        (REPLACED + ":0001002 ; oboInOwl:consider :0001003 .", "DERM:0001002"),
    ],
    ids=["an IRI", "a CURIE as text", "a chain", "one to consider besides"],
)
def test_a_term_moves_to_the_one_that_replaces_it(tmp_path: Path, statements: str, target: str) -> None:
    assert _succeed(tmp_path, statements) == Succession({"DERM:0001001": target}, frozenset(), ())


@pytest.mark.parametrize("statements", [WART, WART + ":0001001 obo:IAO_0100001 :0001002 ."])
def test_a_term_in_use_stays(tmp_path: Path, statements: str) -> None:
    assert _succeed(tmp_path, statements) == Succession({}, frozenset(), ())


@pytest.mark.parametrize(
    ("statements", "reason", "candidates"),
    [
        (OBSOLETE, "deprecated, without a replacement", []),
        (OBSOLETE + ":0001001 oboInOwl:consider :0001003 .", "deprecated, with terms to consider", ["plantar wart"]),
        (
            REPLACED + ":0001002 , :0001003 .",
            "deprecated, with several replacements",
            ["flat wart", "plantar wart"],
        ),
        (
            REPLACED + ":0001004 . :0001004 owl:deprecated true ; oboInOwl:consider :0001002 .",
            "replaced by filiform wart (DERM:0001004), which is deprecated, with terms to consider",
            ["flat wart"],
        ),
        (
            REPLACED + ":0005001 .",
            "replaced by scale (DERM:0005001), which is of another kind (finding)",
            [],
        ),
        (REPLACED + ":0009999 .", "replaced by DERM:0009999, which is absent from the new version", []),
        ("", "absent from the new version", []),
        (":0001002 oboInOwl:hasAlternativeId 'DERM:0001001' .", "absent from the new version", ["flat wart"]),
        (
            ':0001003 oboInOwl:hasExactSynonym "common wart"@en .',
            "absent from the new version",
            ["plantar wart"],
        ),
        (WART.replace(" ; rdfs:subClassOf :0000001", ""), "outside the tree of terms", []),
        (WART.replace(":0000001", ":0000003"), "of another kind (finding)", []),
    ],
)
def test_what_has_no_one_successor_is_left_to_decide(
    tmp_path: Path, statements: str, reason: str, candidates: list[str]
) -> None:
    (open_,) = _succeed(tmp_path, statements).undecided

    assert open_.reason == reason
    assert sorted(term.label for term in open_.candidates) == candidates


def test_a_finding_may_become_an_artifact(tmp_path: Path) -> None:
    old = ':0001001 a owl:Class ; rdfs:label "tape"@en ; rdfs:subClassOf :0000003 .'

    assert _succeed(tmp_path, REPLACED + ":0005002 .", old=old).moved == {"DERM:0001001": "DERM:0005002"}


def test_terms_that_replace_each_other_in_a_circle_are_named(tmp_path: Path) -> None:
    circle = REPLACED + ":0001004 . :0001004 owl:deprecated true ; obo:IAO_0100001 :0001001 ."

    with pytest.raises(InputError, match=r"common wart \(DERM:0001001\) → filiform wart .* → obsolete common wart"):
        _succeed(tmp_path, circle)


def test_a_decision_names_a_term_or_drops(tmp_path: Path) -> None:
    assert _succeed(tmp_path, "", decision="DERM:0001002").moved == {"DERM:0001001": "DERM:0001002"}
    assert _succeed(tmp_path, "", decision="drop").dropped == {"DERM:0001001"}


@pytest.mark.parametrize(
    ("statements", "decision", "message"),
    [
        ("", "flat wart", r"flat wart \(DERM:0001002\) by its identifier"),
        ("", "DERM:7777777", "no identifier of the new version"),
        ("", "DERM:0001004", "not in use"),
        ("", "DERM:0005001", "is a finding"),
        (WART, "drop", "is in use"),
        (REPLACED + ":0001002 .", "DERM:0001003", r"replaced by flat wart \(DERM:0001002\)"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(
    tmp_path: Path, statements: str, decision: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        _succeed(tmp_path, statements, decision=decision)
