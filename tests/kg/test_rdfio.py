"""RDF is read by what it holds, without loss, and a broken file is met with its line."""

import contextlib
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from kg.errors import InputError
from kg.ontology import Ontology
from kg.rdfio import bounded_description, compact, describe, read, to_rdflib

TINY = Path(__file__).parent / "data" / "tiny.ttl"
SPELLINGS = Path(__file__).parent / "data" / "spellings.nt"


@pytest.fixture(scope="module")
def tiny() -> Ontology:
    return Ontology.load(TINY)


def _graph(path: Path) -> rdflib.Graph:
    return to_rdflib(read(path).quads)


@pytest.mark.parametrize(
    "rdf_format",
    [ox.RdfFormat.RDF_XML, ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS, ox.RdfFormat.JSON_LD],
    ids=lambda rdf_format: rdf_format.name,
)
def test_every_serialisation_reads_the_same_whatever_the_file_is_called(
    rdf_format: ox.RdfFormat, tmp_path: Path
) -> None:
    copy = tmp_path / "ontology.owl"
    triples = [quad.triple for quad in read(TINY).quads]
    ox.serialize(triples, str(copy), format=rdf_format)

    assert isomorphic(_graph(copy), _graph(TINY))


def test_spellings_of_literals_and_iris_survive_reading() -> None:
    statements = {str(quad.object) for quad in read(SPELLINGS).quads}

    assert statements == {line.split(" ", 2)[2].removesuffix(" .") for line in SPELLINGS.read_text().splitlines()}


def test_spellings_of_literals_survive_the_way_through_rdflib() -> None:
    written = to_rdflib(read(SPELLINGS).quads).serialize(format="nt")

    assert sorted(written.split("\n")) == sorted(SPELLINGS.read_text().split("\n"))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    marked = tmp_path / "marked.ttl"
    marked.write_bytes(b"\xef\xbb\xbf" + TINY.read_bytes())

    assert len(read(marked).quads) == len(read(TINY).quads)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<http://a/s> <http://a/p>\n  <http://a/o> ;\n  oops .", "line 3"),
        (
            '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
            "<rdf:Description>\n</rdf:RDF>",
            "line 4",
        ),
        ('<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#">', "line 2.*OWL/XML"),
        ("<!-- one --><!-- two -->\n<!DOCTYPE Ontology [ <!ENTITY a 'b'> ]>\n<owl:Ontology/>", "OWL/XML"),
        ("Prefix(owl:=<http://www.w3.org/2002/07/owl#>)\nOntology(", "line 2.*functional syntax"),
        ("Prefix: owl: <http://www.w3.org/2002/07/owl#>\nOntology:", "Manchester"),
        ("format-version: 1.2\nontology: x", "OBO"),
        ("<!DOCTYPE html><html></html>", "HTML"),
        (" \n", "empty"),
    ],
)
def test_a_file_that_is_not_sound_rdf_is_refused_saying_why(content: str, said: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.owl"
    broken.write_text(content, encoding="utf-8")

    with pytest.raises(InputError, match=said) as refusal:
        read(broken)

    assert str(broken) in str(refusal.value)


@given(
    st.one_of(
        st.binary(min_size=1, max_size=200),
        st.builds(
            lambda a, b: a + b, st.sampled_from([b"<?xml version='1.0'?>", b"{", b"@prefix a: ", b"<a>"]), st.binary()
        ),
    )
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.owl"
    file.write_bytes(content)

    with contextlib.suppress(InputError):
        assert all(isinstance(quad, ox.Quad) for quad in read(file).quads)


def test_an_entity_that_grows_without_end_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = tmp_path / "bomb.owl"
    bomb.write_text(
        f'<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY e0 "boom">{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="http://example.org/">'
        '<rdf:Description rdf:about="http://example.org/x"><a:p>&e11;</a:p></rdf:Description></rdf:RDF>'
    )

    with pytest.raises(InputError, match="limit on input amplification"):
        read(bomb)


def test_an_absent_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.owl"):
        read(tmp_path / "nowhere.owl")


@pytest.mark.parametrize(
    ("iri", "curie"),
    [
        ("https://w3id.org/derm1m/DERM_0000123", "DERM:0000123"),
        ("http://purl.obolibrary.org/obo/SCDO_0000100", "SCDO:0000100"),
        ("http://id.nlm.nih.gov/mesh/D011565", "MESH:D011565"),
        ("http://purl.org/dc/terms/source", "dcterms:source"),
        ("http://example.org/of/nobody", "http://example.org/of/nobody"),
    ],
)
def test_an_iri_is_shortened_to_its_curie(iri: str, curie: str) -> None:
    assert compact(iri) == curie


def test_prefixes_of_the_file_shorten_too() -> None:
    assert compact("http://example.org/x/1", {"EX": "http://example.org/x/"}) == "EX:1"


def test_a_description_holds_restrictions_and_axiom_annotations(tiny: Ontology) -> None:
    described = rdflib.Graph().parse(data=describe(tiny, "psoriasis"), format="turtle")

    owl, term = rdflib.OWL, rdflib.Namespace("https://w3id.org/derm1m/DERM_")
    assert (None, owl.someValuesFrom, term["0000203"]) in described
    axiom = described.value(predicate=owl.annotatedTarget, object=term["0000301"])
    assert str(described.value(axiom, term["0010014"])).endswith("HP_0040281")


def test_a_description_says_nothing_of_other_terms(tiny: Ontology) -> None:
    iri = tiny.term("psoriasis").iri
    described = bounded_description(tiny.quads, iri)

    named = {quad.subject.value for quad in described if isinstance(quad.subject, ox.NamedNode)}
    assert named == {iri}


def test_an_unknown_format_of_description_is_refused(tiny: Ontology) -> None:
    with pytest.raises(InputError, match="turtle, nt, xml or json-ld"):
        describe(tiny, "psoriasis", format="papyrus")
