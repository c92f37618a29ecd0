"""A release of the ontology: dated, reasoned, with checksums and notes."""

import hashlib
from pathlib import Path

import pyoxigraph as ox
import pytest
from typer.testing import CliRunner

from cli import app
from kg.errors import InputError
from kg.owlxml import load_structure, read_structure, to_xml
from kg.rdfio import Document
from kg.release import date_version, infer_subclasses, release

IRI = "https://w3id.org/derm1m/"
TURTLE = """
@prefix : <https://w3id.org/derm1m/DERM_> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://w3id.org/derm1m/derm1m.owl> a owl:Ontology ; owl:versionInfo "2020-01-01" ;
  owl:versionIRI <https://w3id.org/derm1m/releases/2020-01-01/derm1m.owl> .
:1 a owl:Class ; rdfs:label "condition"@en .
:2 a owl:Class ; rdfs:label "growth"@en ; rdfs:subClassOf :1 .
:3 a owl:Class ; rdfs:label "wart"@en ; rdfs:subClassOf :2 ,
  [ a owl:Restriction ; owl:onProperty :8 ; owl:someValuesFrom :7 ] .
:4 a owl:Class ; rdfs:label "plantar wart"@en ; rdfs:subClassOf :3 .
:5 a owl:Class ; rdfs:label "harmless condition"@en ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf
  ( :1 [ a owl:Restriction ; owl:onProperty :8 ; owl:someValuesFrom :7 ] ) ] .
:7 a owl:Class ; rdfs:label "benign"@en .
:8 a owl:ObjectProperty ; rdfs:label "has malignancy"@en .
"""


FILES = [
    *("NOTES.md", "SHA256SUMS", "derm1m-base.owl", "derm1m-reasoned.owl"),
    *("derm1m.json", "derm1m.obo", "derm1m.owl"),
]


def _quads(turtle: str = TURTLE) -> list[ox.Quad]:
    return [ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(turtle, format=ox.RdfFormat.TURTLE)]


def test_only_direct_subclasses_that_are_not_asserted_are_inferred() -> None:
    term = f"{IRI}DERM_"

    assert infer_subclasses(_quads()) == [(f"{term}3", f"{term}5"), (f"{term}5", f"{term}1")]


def test_the_version_is_dated_once() -> None:
    structure = read_structure(date_version(_quads(), "2026-12-01"))

    assert structure.version_iri == f"{IRI}releases/2026-12-01/derm1m.owl"
    assert [annotation.value.value for annotation in structure.annotations] == ["2026-12-01"]


def test_a_release_holds_the_ontology_the_reasoned_one_notes_and_checksums(tmp_path: Path) -> None:
    previous = tmp_path / "previous.owl"
    previous.write_text(
        to_xml(_quads(TURTLE.replace(':4 a owl:Class ; rdfs:label "plantar wart"@en', ":4 a owl:Class")))
    )

    files = release(Document(_quads(), {}), tmp_path / "2026-12-01", "2026-12-01", previous)

    assert [file.name for file in files] == FILES
    notes = files[0].read_text(encoding="utf-8")
    assert "2 inferred subclass axioms" in notes
    assert "## Changed (1)" in notes
    assert "label, added: “plantar wart”" in notes
    for line in files[1].read_text().splitlines():
        checksum, name = line.split("  ")
        assert hashlib.sha256((tmp_path / "2026-12-01" / name).read_bytes()).hexdigest() == checksum
    base, reasoned, plain = (load_structure(files[place]) for place in (2, 3, 6))
    assert base.axioms == plain.axioms
    assert (base.iri, base.version_iri) == (f"{IRI}derm1m-base.owl", f"{IRI}releases/2026-12-01/derm1m-base.owl")
    assert plain.axioms < reasoned.axioms
    assert read_structure(_quads()).axioms == plain.axioms
    assert reasoned.iri == f"{IRI}derm1m-reasoned.owl"
    assert reasoned.version_iri == f"{IRI}releases/2026-12-01/derm1m-reasoned.owl"
    inferred = [axiom for axiom in reasoned.axioms if axiom.annotations]
    assert {axiom.annotations[0].property.rpartition("#")[2] for axiom in inferred} == {"is_inferred"}
    assert len(inferred) == 2


def test_what_cannot_be_released_leaves_no_folder(tmp_path: Path) -> None:
    contradictory = f"{TURTLE} :4 owl:disjointWith :3 ."

    with pytest.raises(InputError, match="contradicts itself"):
        release(Document(_quads(contradictory), {}), tmp_path / "new", "2026-12-01")
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        release(Document(_quads(), {}), tmp_path / "new", "December")
    with pytest.raises(InputError, match="exists already"):
        release(Document(_quads(), {}), tmp_path, "2026-12-01")

    assert list(tmp_path.iterdir()) == []


def test_command_prints_the_files(tmp_path: Path) -> None:
    source = tmp_path / "derm1m.owl"
    source.write_text(to_xml(_quads()))

    told = CliRunner().invoke(app, ["ontology", "release", "--out", str(tmp_path / "r"), "--ontology", str(source)])

    assert [Path(line).name for line in told.output.split()] == FILES


def test_notes_count_what_a_format_has_no_place_for(tmp_path: Path) -> None:
    quads = _quads(f"{TURTLE} :8 a owl:TransitiveProperty .")

    notes = release(Document(quads, {}), tmp_path / "new", "2026-12-01")[0].read_text(encoding="utf-8")

    assert "Axioms that `derm1m.obo` has no place for: none." in notes
    assert "Axioms that `derm1m.json` has no place for: 1 TransitiveObjectProperty." in notes
