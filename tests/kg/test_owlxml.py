"""The form in which ontology files are written: as the OWL API and Protégé save them."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from cli import app
from kg.errors import InputError
from kg.owlxml import read_structure, to_xml, unstable_literals, write
from kg.rdfio import Document, read
from kg.resources import ontology_folder
from tests.kg.ontologies import Statements, ontologies

DATA = Path(__file__).parent / "data" / "owlxml"
OURS = ontology_folder() / "derm1m.owl"
HEADER = """
@prefix : <http://example.org/o#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://example.org/o> a owl:Ontology .
"""


def _quads(turtle: str) -> Statements:
    return [ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(HEADER + turtle, format=ox.RdfFormat.TURTLE)]


def test_our_ontology_is_in_the_form_of_protege_byte_for_byte() -> None:
    assert to_xml(read(OURS)) == OURS.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", sorted(DATA.glob("*.ttl")), ids=lambda path: path.stem)
def test_every_kind_of_axiom_is_written_as_the_owl_api_does(case: Path) -> None:
    assert to_xml(read(case)) == case.with_suffix(".owl").read_text(encoding="utf-8")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(statements=ontologies())
def test_writing_changes_no_axiom(statements: Statements) -> None:
    text = to_xml(statements)

    again = list(ox.parse(text, format=ox.RdfFormat.RDF_XML))
    assert read_structure(again) == read_structure(statements)
    assert to_xml(again) == text


def test_order_of_the_statements_does_not_matter() -> None:
    document = read(DATA / "annotations.ttl")

    assert to_xml(document._replace(quads=document.quads[::-1])) == to_xml(document)


@pytest.mark.parametrize(
    "text", ['"', "'", "<b>&amp;</b>", "one\ntwo", "\ttab", "a--b", "  ", "", "é中😀", "]]>", "a\rb"]
)
def test_texts_come_back_as_they_were(text: str) -> None:
    statement = ox.Quad(
        ox.NamedNode("http://example.org/o#A"),
        ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
        ox.Literal(text, language="zh"),
    )

    written = to_xml([*_quads(":A a owl:Class ."), statement])

    assert ox.Literal(text, language="zh") in {
        triple.object for triple in ox.parse(written, format=ox.RdfFormat.RDF_XML)
    }


def test_entities_that_are_used_are_declared() -> None:
    text = to_xml(_quads(':A a owl:Class ; rdfs:subClassOf :B ; :note "x" .'))

    assert '<owl:Class rdf:about="http://example.org/o#B"/>' in text
    assert '<owl:AnnotationProperty rdf:about="http://example.org/o#note"/>' in text


def test_prefixes_of_the_file_are_kept_and_missing_ones_found() -> None:
    turtle = "@prefix ex: <http://example.org/x/> . :A a owl:Class ; ex:n 1 ; <http://purl.org/dc/terms/source> 2 ."
    parser = ox.parse(HEADER + turtle, format=ox.RdfFormat.TURTLE)
    quads = [ox.Quad(t.subject, t.predicate, t.object) for t in parser]

    text = to_xml(Document(quads, parser.prefixes))

    assert 'xmlns:ex="http://example.org/x/"' in text
    assert 'xmlns:dcterms="http://purl.org/dc/terms/"' in text
    assert "<ex:n " in text


@pytest.mark.parametrize(
    ("turtle", "message"),
    [
        (":A a owl:Class ; rdfs:subClassOf [ rdfs:label 'x' ] .", "no class expression"),
        (":A a owl:Class ; rdfs:subClassOf 'text' .", "would be lost"),
        (":A a owl:Class . [] a :A .", "a node without an IRI"),
        (":A a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( :B :C ) ; :x 1 ] .", ":x|#x"),
        ("[] a owl:Axiom ; owl:annotatedSource :A ; rdfs:comment 'of nothing' .", "annotatedSource"),
        (":A a owl:Class ; <http://example.org/123> 'x' .", "no name for this property"),
        (":A a owl:Class ; rdfs:label 'a\\u0001b' .", "cannot hold this character"),
        (":p a owl:ObjectProperty ; owl:propertyChainAxiom [ rdf:first :p ] .", "a broken list"),
        ("<http://example.org/two> a owl:Ontology .", "exactly one"),
    ],
)
def test_what_would_be_lost_is_refused(turtle: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_xml(_quads(turtle))


def test_a_refused_ontology_leaves_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "o.owl"
    file.write_text("before")

    with pytest.raises(InputError):
        write(_quads("[] a :A ."), file)

    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_values_that_protege_respells_are_told() -> None:
    quads = _quads(
        ":A :n 1, 'true'^^xsd:boolean, '1'^^xsd:boolean, '+5'^^xsd:integer, 1e3, '2.5'^^xsd:float, 'a\\rb' ."
    )

    assert {quad.object.value for quad, _ in unstable_literals(quads)} == {"1", "+5", "1e3", "a\rb"}
    assert len(list(unstable_literals(quads))) == 4


def test_format_command_mends_the_form_and_check_tells_it(tmp_path: Path) -> None:
    file = tmp_path / "o.owl"
    formatted = (DATA / "annotations.owl").read_text(encoding="utf-8")
    file.write_text(formatted.replace("    <owl:Class ", "  <owl:Class "), encoding="utf-8")
    run = CliRunner().invoke

    assert run(app, ["ontology", "format", str(file), "--check"]).exit_code == 1
    assert run(app, ["ontology", "format", str(file)]).exit_code == 0

    assert file.read_text(encoding="utf-8") == formatted
    assert run(app, ["ontology", "format", str(file), "--check"]).exit_code == 0


def test_format_command_never_turns_turtle_into_rdf_xml_in_place(tmp_path: Path) -> None:
    file = tmp_path / "o.ttl"
    file.write_text(HEADER)

    with pytest.raises(InputError, match="--out"):
        CliRunner().invoke(app, ["ontology", "format", str(file)], catch_exceptions=False)
