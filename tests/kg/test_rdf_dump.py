"""The RDF graph as a file: nothing is lost, and its description counts what it holds."""

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyoxigraph as ox
import pytest

from kg.errors import InputError
from kg.quads import node_iri
from kg.rdf_dump import dump
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"


def load(path: Path) -> ox.Store:
    store = ox.Store()
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    store.load(content, format=ox.RdfFormat.from_extension(suffix[1:]), base_iri=path.as_uri())
    return store


@pytest.mark.parametrize("name", ["graph.nq", "graph.nq.gz"])
def test_n_quads_hold_every_statement(name: str, clinic_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = dump(clinic_graph, tmp_path / name)
    assert len(load(tmp_path / name)) == account.statements == clinic_graph.info["quads"]


def test_turtle_holds_the_default_graph_and_declares_the_usual_prefixes(
    clinic_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    account = dump(clinic_graph, tmp_path / "graph.ttl")
    triples = clinic_graph.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")["n"][0].as_py()
    assert len(load(tmp_path / "graph.ttl")) == account.statements == triples
    text = (tmp_path / "graph.ttl").read_text(encoding="utf-8")
    assert f"@prefix d1m: <{PREFIXES['d1m']}>" in text


def test_the_description_counts_what_the_file_holds(clinic_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = dump(clinic_graph, tmp_path / "graph.nq")
    assert account.description == tmp_path / "graph.nq.void.ttl"
    said = load(account.description)

    def value(query: str) -> str:
        [row] = said.query(f"PREFIX void: <{VOID}> PREFIX dcat: <{DCAT}> PREFIX d1m: <{PREFIXES['d1m']}> {query}")
        return str(row[0].value)

    assert value("SELECT ?n { ?d a void:Dataset, dcat:Dataset ; void:triples ?n }") == str(account.statements)
    assert value("SELECT ?n { ?p void:class d1m:Pair ; void:entities ?n }") == str(clinic_graph.info["pairs"])
    depicted = clinic_graph.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?s d1m:depicts ?o }")["n"][0].as_py()
    assert value("SELECT ?n { ?p void:property d1m:depicts ; void:triples ?n }") == str(depicted)
    size = value("SELECT ?n { ?d a dcat:Distribution ; dcat:byteSize ?n }")
    assert size == str((tmp_path / "graph.nq").stat().st_size)


def test_each_file_has_a_description_of_its_own_that_finds_it_wherever_both_lie(
    clinic_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    names = ["a b.nq", "a b.ttl", "a b.nq.gz"]
    for name in names:
        dump(clinic_graph, tmp_path / name)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*names, *(f"{name}.void.ttl" for name in names)])
    said = ox.Store()
    for name in names:
        said.load(path=tmp_path / f"{name}.void.ttl", base_iri="http://example.org/new/place")
    found = said.query(
        f"PREFIX void: <{VOID}> PREFIX dcat: <{DCAT}> SELECT ?url ?packed {{ "
        "?d void:dataDump ?url ; dcat:distribution ?file . ?file dcat:downloadURL ?url "
        "OPTIONAL { ?file dcat:compressFormat ?packed } }"
    )
    gzip_ = "https://www.iana.org/assignments/media-types/application/gzip"
    assert {(row["url"].value, row["packed"] and row["packed"].value) for row in found} == {
        ("http://example.org/new/a%20b.nq", None),
        ("http://example.org/new/a%20b.ttl", None),
        ("http://example.org/new/a%20b.nq.gz", gzip_),
    }
    counts = said.query(
        f"PREFIX void: <{VOID}> SELECT ?d (COUNT(?n) AS ?counts) {{ ?d a void:Dataset ; void:triples ?n }} GROUP BY ?d"
    )
    assert {row["counts"].value for row in counts} == {"1"}


def test_a_licence_is_told_by_its_address_where_it_has_one(
    clinic_graph: "KnowledgeGraph", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = pa.table({"source": ["a", "b"], "licence": ["CC BY-NC 4.0", "ask the clinic"], "citation": ["A", "B"]})
    monkeypatch.setattr(clinic_graph, "sources", lambda: sources)
    said = load(dump(clinic_graph, tmp_path / "graph.nq").description)
    terms = PREFIXES["dcterms"]
    licences = said.quads_for_pattern(None, ox.NamedNode(f"{terms}license"), None)
    assert [quad.object for quad in licences] == [ox.NamedNode("https://creativecommons.org/licenses/by-nc/4.0/")]
    [source] = said.quads_for_pattern(None, ox.NamedNode(f"{terms}rights"), ox.Literal("ask the clinic"))
    assert source.subject == ox.NamedNode(node_iri("source", "b"))


def test_a_relation_that_the_graph_has_none_of_has_no_partition(
    clinic_graph: "KnowledgeGraph", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = clinic_graph.info["nodes_and_relationships"] | {"LACKS": 0}
    monkeypatch.setitem(clinic_graph.info, "nodes_and_relationships", counts)
    text = dump(clinic_graph, tmp_path / "graph.nq").description.read_text(encoding="utf-8")
    assert "void:property d1m:shows" in text
    assert "d1m:lacks " not in text


def test_another_ending_is_refused(clinic_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.nq or \.ttl"):
        dump(clinic_graph, tmp_path / "graph.rdf")
