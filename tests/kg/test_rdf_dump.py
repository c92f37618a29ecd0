"""The RDF graph as a file: nothing is lost, and its description counts what it holds."""

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from kg.errors import InputError
from kg.rdf_dump import dump
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"


def load(path: Path) -> ox.Store:
    store = ox.Store()
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    store.load(content, format=ox.RdfFormat.from_extension(suffix[1:]))
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
    assert account.description == tmp_path / "graph.void.ttl"
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


def test_another_ending_is_refused(clinic_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.nq or \.ttl"):
        dump(clinic_graph, tmp_path / "graph.rdf")
