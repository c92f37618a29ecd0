"""Questions in SPARQL on the graph of a small made-up clinic."""

import socket
from typing import TYPE_CHECKING

import pyarrow as pa
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError, QueryStopped
from kg.quads import node_iri
from kg.resources import ontology_folder
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


def test_the_store_holds_the_texts_as_they_are(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.sparql("SELECT ?id ?text WHERE { ?p a d1m:Pair ; dcterms:identifier ?id ; d1m:text ?text }")
    pairs = clinic_graph.pairs()
    assert dict(zip(answer["id"].to_pylist(), answer["text"].to_pylist(), strict=True)) == dict(
        zip(pairs["pair"].to_pylist(), pairs["text"].to_pylist(), strict=True)
    )


def test_ids_are_percent_encoded_in_iris(clinic_graph: "KnowledgeGraph") -> None:
    key = 'clinic:web/ä b%20"c".jpg'
    answer = clinic_graph.sparql(f"SELECT ?id WHERE {{ <{node_iri('image', key)}> dcterms:identifier ?id }}")
    assert answer["id"].to_pylist() == [key]


def test_each_fact_of_the_table_is_in_the_default_graph_and_in_one_described_graph(
    clinic_graph: "KnowledgeGraph",
) -> None:
    answer = clinic_graph.sparql(
        """SELECT ?pair ?relation ?term ?column ?rule WHERE {
             GRAPH ?evidence { ?image ?property ?t }
             ?p d1m:ofImage ?image ; ?property ?t ; dcterms:identifier ?pair . ?t dcterms:identifier ?term .
             ?evidence a d1m:Evidence ; d1m:column ?column ; d1m:rule ?rule .
             BIND(STRAFTER(STR(?property), "#") AS ?relation)
           }"""
    )
    columns = ["pair", "relation", "term", "column", "rule"]
    facts = clinic_graph.facts(columns=columns)
    assert {tuple(row.values()) for row in answer.to_pylist()} == {tuple(row.values()) for row in facts.to_pylist()}


def test_the_evidence_of_a_fact_has_its_qualifiers(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.sparql(
        """SELECT DISTINCT ?weight ?rank WHERE {
             ?melanoma rdfs:label "melanoma"@en ; d1m:termKind "disease" .
             GRAPH ?evidence { ?image d1m:suspects ?melanoma }
             ?evidence d1m:weight ?weight ; d1m:rank ?rank }"""
    )
    assert answer["rank"].to_pylist() == [1]
    assert answer["weight"].to_pylist() == pytest.approx([0.3])


def test_a_plain_relation_never_returns_its_opposite(clinic_graph: "KnowledgeGraph") -> None:
    both = "ASK { ?pair d1m:shows ?finding ; d1m:lacks ?finding }"
    assert clinic_graph.sparql(both).to_pylist() == [{"answer": False}]


def test_every_property_and_class_in_the_store_is_in_the_vocabulary(clinic_graph: "KnowledgeGraph") -> None:
    vocabulary = ox.Store()
    vocabulary.load(path=ontology_folder() / "pairs.ttl", format=ox.RdfFormat.TURTLE)
    declared = {quad.subject.value for quad in vocabulary if quad.predicate.value == f"{PREFIXES['rdfs']}label"}
    used = clinic_graph.sparql(
        """SELECT DISTINCT ?name WHERE {
             { ?s ?name ?o } UNION { ?s a ?name } FILTER(STRSTARTS(STR(?name), STR(d1m:))) }"""
    )
    assert set(used["name"].to_pylist()) <= declared


def test_answers_have_plain_types(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.sparql(
        'SELECT (1 AS ?int) (1.5 AS ?real) (true AS ?flag) ("a"@en AS ?text) (<http://x/y> AS ?iri) ?none WHERE {}'
    )
    assert answer.schema.types == [pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.string(), pa.string()]
    assert answer.to_pylist() == [{"int": 1, "real": 1.5, "flag": True, "text": "a", "iri": "http://x/y", "none": None}]


def test_a_construct_gives_triples(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.sparql("CONSTRUCT { ?s d1m:text ?o } WHERE { ?s d1m:text ?o } LIMIT 2")
    assert answer.column_names == ["subject", "predicate", "object"]
    assert len(answer) == 2


def test_no_answer_is_an_empty_table_with_columns(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.sparql("SELECT ?x ?y WHERE { ?x d1m:no-such-thing ?y }")
    assert (answer.column_names, len(answer)) == (["x", "y"], 0)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT ?x WHERE { ?x ?y }", r"line 1, column 26: something is missing before the end, near '.*\?x \?y }'"),
        ("SELECT *\nWHERE { ?s no:prefix ?o }", r"line 2, column \d+: Prefix not found, near '.*no:prefix \?o }'"),
        (
            "SELECT ?x {\n  ?x a d1m:Pair",
            r"line 2, column \d+: something is missing before the end, near '\?x a d1m:Pair'",
        ),
        ("SELECT (COUNT(?x) AS ?n) ?y { ?x a ?y }", "The SELECT contains a variable that is unbound"),
        ("SELECT * { ?x a ?y } GROUP BY ?x", r"SELECT \* is not authorized with GROUP BY"),
        ('SELECT ?x { ?s ?p "éé" } ORDER BUY ?x', "line 1, column 32: not understood, near '.*BUY.*'"),
    ],
)
def test_a_syntax_error_says_where_and_what_without_the_grammar(
    clinic_graph: "KnowledgeGraph", query: str, says: str
) -> None:
    with pytest.raises(InputError, match=says) as told:
        clinic_graph.sparql(query)
    assert len(str(told.value)) < 130


def test_a_query_past_its_time_ends_and_the_next_one_is_answered(clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match=r"no answer within 0\.5 s"):
        clinic_graph.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", timeout=0.5)
    assert clinic_graph.sparql("ASK {}").to_pylist() == [{"answer": True}]


def test_a_query_that_overflows_the_parser_ends_alone_and_says_why(clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(QueryStopped, match="chain of operators is too long"):
        clinic_graph.sparql(f"ASK {{ FILTER({'!' * 30_000}?x) }}")
    assert clinic_graph.sparql("ASK {}").to_pylist() == [{"answer": True}]


def test_no_query_reaches_the_network(clinic_graph: "KnowledgeGraph") -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(InputError, match="SERVICE"):
            clinic_graph.sparql(
                f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{server.getsockname()[1]}/> {{ ?a ?b ?c }} }}"
            )
        with pytest.raises(TimeoutError):
            server.accept()


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_id_makes_a_valid_iri_of_its_own(identifier: str) -> None:
    from urllib.parse import unquote

    iri = node_iri("pair", identifier)
    assert ox.NamedNode(iri).value == iri
    assert unquote(iri.removeprefix("https://w3id.org/derm1m/pair/")) == identifier
