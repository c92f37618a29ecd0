"""A graph that was exported and loaded into Apache Jena Fuseki, a server of others, answers as the embedded one."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from kg.errors import InputError, QueryStopped
from kg.graph import KnowledgeGraph
from kg.questions import Question, read_questions
from kg.rdf_dump import dump
from kg.selection import Selection
from tests.java.jars import JAVA, resolve
from tests.java.neo4j_home import free_ports
from tests.kg.selections import selections

pytestmark = pytest.mark.integration

POM = Path(__file__).parents[1] / "java" / "fuseki"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory, ward_graph: KnowledgeGraph) -> Iterator[KnowledgeGraph]:
    """The wards on a Fuseki server, which only reads."""
    folder = tmp_path_factory.mktemp("fuseki")
    dump(ward_graph, folder / "wards.nq")
    [port] = free_ports(1)
    [jar] = resolve(POM).glob("jena-fuseki-server-*.jar")
    command = [*JAVA, "-Xmx1g", "-jar", str(jar), f"--port={port}", "--localhost", "--file=wards.nq", "/wards"]
    with (folder / "console.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"Fuseki did not answer:\n{(folder / 'console.log').read_text()[-3000:]}")
                time.sleep(0.1)
        yield KnowledgeGraph.open(f"http://127.0.0.1:{port}/wards/sparql")
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("question", read_questions(), ids=lambda question: question.name)
def test_a_question_has_the_answer_of_the_embedded_engine(
    question: Question, remote: KnowledgeGraph, ward_graph: KnowledgeGraph
) -> None:
    values = {"image": ward_graph.images()["image"][1].as_py()} if question.name == "facts_of_an_image" else {}
    answer = remote.ask(question.name, values, language="sparql")
    assert answer.to_pylist() == ward_graph.ask(question.name, values, language="sparql").to_pylist()
    assert len(answer)


@pytest.mark.slow
def test_selections_mean_the_same_pairs(remote: KnowledgeGraph, ward_graph: KnowledgeGraph) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(selections())
    def compare(selection: Selection) -> None:
        chosen = remote.sparql(selection.to_sparql(ward_graph.ontology))["id"].to_pylist()
        assert chosen == sorted(selection.apply(ward_graph)["pair"].to_pylist())

    compare()


def test_questions_and_constructed_triples_are_tables(remote: KnowledgeGraph) -> None:
    assert remote.sparql("ASK { ?p a d1m:Pair }").to_pylist() == [{"answer": True}]
    made = remote.sparql("CONSTRUCT { ?s d1m:text ?o } WHERE { ?s d1m:text ?o } LIMIT 2")
    assert (made.column_names, len(made)) == (["subject", "predicate", "object"], 2)


def test_a_hostile_parameter_is_a_value(remote: KnowledgeGraph) -> None:
    text = "\" } ; DROP ALL # \\u0022 \\ '''\n"
    assert remote.sparql("SELECT ($x AS ?text) {}", {"x": text}).to_pylist() == [{"text": text}]


def test_patterns_are_counted_on_the_server(remote: KnowledgeGraph, ward_graph: KnowledgeGraph) -> None:
    query = "SELECT ?p WHERE { ?p d1m:depicts ?d . ?d d1m:level 4 }"
    assert remote.explain(query, language="sparql") == ward_graph.explain(query, language="sparql")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * WHERE { ?x ?y }", "answers 400"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(query: str, message: str, remote: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=message):
        remote.sparql(query)


def test_a_query_past_its_time_is_given_up(remote: KnowledgeGraph) -> None:
    with pytest.raises(QueryStopped, match=r"no answer within 0\.5 s"):
        remote.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f }", timeout=0.5)


def test_cypher_is_not_for_such_a_server(remote: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match="answers SPARQL and has no Cypher"):
        remote.cypher("RETURN 1 AS one")
