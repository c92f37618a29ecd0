"""A graph on a real Neo4j server: imported, pushed, compared, and asked with the answers of the embedded engines."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

import cli
from kg.errors import InputError, QueryStopped
from kg.graph import KnowledgeGraph
from kg.neo4j import Server
from kg.neo4j.comparison import Comparison, verify
from kg.neo4j.push import push
from kg.neo4j.vectors import push_vectors
from kg.property_graph import EDGES, NODES
from kg.questions import Question, read_questions
from kg.selection import Selection
from tests.integration.conftest import Content, Running, content
from tests.kg.selections import selections

if TYPE_CHECKING:
    from neo4j import Session

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SECONDS = 60


@pytest.fixture(scope="module")
def server(neo4j_server: Running) -> Server:
    return neo4j_server.server


@pytest.fixture(autouse=True)
def environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password of the server stands in the environment, as the documentation has it."""
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)


@pytest.fixture(scope="module")
def pushed(server: Server, ward_graph: KnowledgeGraph) -> Comparison:
    """What a push to a database that is made empty finds there afterwards."""
    return push(ward_graph, server, batch=1_000, replace=True, progress=False)


@pytest.fixture(scope="module")
def session(server: Server, pushed: Comparison) -> "Iterator[Session]":
    with server.connected() as driver, driver.session() as session:
        yield session


@pytest.fixture(scope="module")
def remote(server: Server, pushed: Comparison) -> Iterator[KnowledgeGraph]:
    with KnowledgeGraph.open(server) as graph:
        yield graph


def imported(neo4j_server: Running) -> Content:
    if neo4j_server.imported is None:
        pytest.skip("nothing can be imported into a server that is running: unset NEO4J_URI")
    return neo4j_server.imported


def test_an_import_holds_what_was_written(neo4j_server: Running, ward_graph: KnowledgeGraph) -> None:
    nodes, edges = imported(neo4j_server)
    account = neo4j_server.account
    assert account is not None
    assert account.written == ward_graph.info["nodes_and_relationships"]
    assert len(nodes) == sum(account.written[label] for label in NODES)
    assert len(edges) == sum(account.written[name] for name in EDGES)


def test_an_import_and_a_push_leave_the_same(neo4j_server: Running, server: Server, pushed: Comparison) -> None:
    assert imported(neo4j_server) == content(server)


def test_a_push_arrives_in_full(pushed: Comparison, server: Server, ward_graph: KnowledgeGraph) -> None:
    assert pushed.differences == {}
    compared = verify(ward_graph, server, sample=10_000)
    assert compared.same
    assert compared.sampled == ward_graph.info["pairs"]


def test_texts_arrive_as_they_are(session: "Session", ward_graph: KnowledgeGraph) -> None:
    rows = session.run("MATCH (p:Pair) RETURN p.id AS pair, p.text AS text ORDER BY pair").data()
    assert rows == ward_graph.pairs(columns=["pair", "text"]).sort_by("pair").to_pylist()


def test_ids_are_unique_and_texts_and_names_are_indexed(session: "Session") -> None:
    constrained = {label for row in session.run("SHOW CONSTRAINTS").data() for label in row["labelsOrTypes"]}
    assert constrained == {*NODES, "Derm1mBuild"}
    indexes = {row["name"]: row for row in session.run("SHOW INDEXES").data()}
    assert [indexes[name]["type"] for name in ("texts", "names")] == ["FULLTEXT", "FULLTEXT"]
    assert {indexes[name]["state"] for name in ("texts", "names")} == {"ONLINE"}


def test_pushing_again_changes_nothing(server: Server, ward_graph: KnowledgeGraph, pushed: Comparison) -> None:
    before = content(server)
    assert push(ward_graph, server, progress=False).same
    assert content(server) == before


def test_another_build_is_not_mixed_with_the_one_that_is_there(
    server: Server, ward_graph: KnowledgeGraph, session: "Session"
) -> None:
    before = content(server)
    session.run("MATCH (b:Derm1mBuild) SET b.id = 'yesterday'").consume()
    try:
        with pytest.raises(InputError, match=rf"build yesterday, not {ward_graph.info['build']}: .*--replace"):
            push(ward_graph, server, progress=False)
    finally:
        session.run("MATCH (b:Derm1mBuild) SET b.id = $build", build=ward_graph.info["build"]).consume()
    assert content(server) == before


@pytest.mark.slow
def test_pushing_again_mends_what_was_lost(server: Server, ward_graph: KnowledgeGraph, session: "Session") -> None:
    before = content(server)
    session.run("MATCH (p:Pair) WITH p ORDER BY p.id LIMIT 20 DETACH DELETE p").consume()
    session.run("MATCH (:Pair)-[r:DEPICTS]->() WITH r LIMIT 5 DELETE r").consume()
    assert verify(ward_graph, server, sample=0).differences.keys() >= {"Pair", "DEPICTS", "OF_IMAGE"}
    assert push(ward_graph, server, batch=100, parallel=4, progress=False).same
    assert content(server) == before


def test_verify_notices_what_counts_do_not_show(server: Server, ward_graph: KnowledgeGraph, session: "Session") -> None:
    [pair] = session.run("MATCH (p:Pair) WITH p LIMIT 1 SET p.text = p.text + '.' RETURN p.id AS id").data()
    try:
        compared = verify(ward_graph, server, sample=10_000)
        assert (compared.differences, compared.odd) == ({}, (pair["id"],))
        arguments = ["neo4j", "verify", "--kg", ward_graph.folder.parents[1], "--uri", server.uri, "--sample", "10000"]
        done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
        assert done.exit_code == 1
        assert pair["id"] in done.stdout
    finally:
        session.run("MATCH (p:Pair {id: $id}) SET p.text = left(p.text, size(p.text) - 1)", id=pair["id"]).consume()
    assert verify(ward_graph, server, sample=10_000).same


@pytest.mark.slow
def test_an_interrupted_push_goes_on(server: Server, ward_graph: KnowledgeGraph, session: "Session") -> None:
    before = content(server)
    command = [sys.executable, "cli.py", "neo4j", "push", "--kg", ward_graph.folder.parents[1], "--uri", server.uri]
    process = subprocess.Popen(
        [str(word) for word in [*command, "--batch", "20", "--parallel", "2", "--replace"]],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + SECONDS
    stage = 0
    while stage < 1 and time.monotonic() < deadline and process.poll() is None:
        stages = session.run("MATCH (b:Derm1mBuild) WHERE NOT b.finished RETURN b.stage AS stage").value("stage")
        stage = stages[0] if stages else 0
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [left] = session.run("MATCH (b:Derm1mBuild) RETURN b.finished AS finished, b.mode AS mode, b.batch AS batch").data()
    assert left == {"finished": False, "mode": "create", "batch": 20}
    assert not verify(ward_graph, server, sample=0).same

    assert push(ward_graph, server, progress=False).same
    assert content(server) == before


def test_a_constraint_that_cannot_hold_stops_the_push(
    server: Server, ward_graph: KnowledgeGraph, session: "Session"
) -> None:
    session.run("DROP CONSTRAINT source_id").consume()
    session.run("CREATE (:Source {id: 'twice'}), (:Source {id: 'twice'})").consume()
    try:
        with pytest.raises(InputError, match="twice"):
            push(ward_graph, server, progress=False)
    finally:
        session.run("MATCH (s:Source {id: 'twice'}) DELETE s").consume()
    assert push(ward_graph, server, progress=False).same


@pytest.mark.parametrize("question", read_questions(), ids=lambda question: question.name)
def test_a_question_has_one_answer_on_every_engine(
    question: Question, remote: KnowledgeGraph, ward_graph: KnowledgeGraph
) -> None:
    values = {"image": ward_graph.images()["image"][1].as_py()} if question.name == "facts_of_an_image" else {}
    answer = remote.ask(question.name, values).to_pylist()
    assert answer == ward_graph.ask(question.name, values, language="cypher").to_pylist()
    assert answer == ward_graph.ask(question.name, values, language="sparql").to_pylist()


@pytest.mark.slow
def test_selections_mean_the_same_pairs_on_the_server(remote: KnowledgeGraph, ward_graph: KnowledgeGraph) -> None:
    @settings(max_examples=120, deadline=None, derandomize=True)
    @given(selections())
    def compare(selection: Selection) -> None:
        chosen = remote.cypher(selection.to_cypher(ward_graph.ontology))["id"].to_pylist()
        assert chosen == sorted(selection.apply(ward_graph)["pair"].to_pylist())

    compare()


def test_nodes_and_relationships_come_as_from_the_embedded_engine(
    remote: KnowledgeGraph, ward_graph: KnowledgeGraph
) -> None:
    query = (
        "MATCH (p:Pair)-[r:DEPICTS]->(d:Disease) RETURN p, r, d, [p.id, d.id] AS ids, {level: d.level} AS said, "
        "null AS nothing ORDER BY p.id, d.id LIMIT 5"
    )
    assert remote.cypher(query).to_pylist() == ward_graph.cypher(query).to_pylist()


def test_texts_and_names_are_searched_by_their_words(remote: KnowledgeGraph) -> None:
    search = "CALL db.index.fulltext.queryNodes($index, $words) YIELD node, score RETURN node, score LIMIT 5"
    texts = remote.cypher(search, {"index": "texts", "words": "pearly OR melanoma"}).to_pylist()
    assert "melanoma" in texts[0]["node"]["text"].lower()
    names = remote.cypher(search, {"index": "names", "words": '"psoriasis vulgaris"'}).to_pylist()
    assert names[0]["node"]["label"] == "plaque psoriasis"


def test_the_nearest_images_are_found_by_their_embeddings(
    server: Server, remote: KnowledgeGraph, ward_graph: KnowledgeGraph, tmp_path: Path
) -> None:
    images = ward_graph.images(["image"])["image"].to_pylist()
    vectors = np.random.default_rng(0).normal(size=(len(images), 16)).astype(np.float32)
    pq.write_table(
        pa.table({"id": [*images, "ward:none"], "embedding": [*vectors, vectors[0]]}), tmp_path / "v.parquet"
    )
    arguments = ["neo4j", "vectors", str(tmp_path / "v.parquet"), "--uri", server.uri, "--replace"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 1
    assert f"{len(images)} vectors of 16 dimensions in the index image_embeddings" in done.stdout
    assert "no Image of these ids: ward:none" in done.stdout

    nearest = remote.cypher(
        "MATCH (i:Image) WHERE i.id = $image CALL db.index.vector.queryNodes('image_embeddings', 5, i.embedding) "
        "YIELD node, score RETURN node.id AS id, score ORDER BY score DESC",
        {"image": images[0]},
    )
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit[0]
    found = [images.index(image) for image in nearest["id"].to_pylist()]
    assert found == np.argsort(-cosine)[:5].tolist()
    assert nearest["score"].to_pylist() == pytest.approx((1 + cosine[found]) / 2, abs=1e-5)
    [documented] = documented_queries("Nearest images")
    assert len(remote.cypher(documented, {"image": images[0]})) == 9

    assert verify(ward_graph, server, sample=10_000).same  # what the graph on disk has is as it was
    shorter = pa.table({"id": images[:1], "embedding": pa.array([[1.0, 0]], pa.list_(pa.float32(), 2))})
    with pytest.raises(InputError, match="16 dimensions, not 2"):
        push_vectors(shorter, server, progress=False)
    assert push_vectors(shorter, server, replace=True, progress=False).written == 1
    assert len(remote.cypher("MATCH (i:Image) WHERE i.embedding IS NOT NULL RETURN i.id AS id")) == 1


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("MATCH (p:Pair) DETACH DELETE p", "DELETE"),
        ("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", "begins with MATCH"),
        ("CALL dbms.listConfig() YIELD name RETURN name", "begins with MATCH"),
        ("MATCH (p:Pair RETURN p", "Invalid input"),
        ("MATCH (p:Pair) RETURN $p", r"\$p"),
        ("MATCH (d:Diseases) RETURN d.id AS id", r"the label Diseases: did you mean Disease\?"),
        ("MATCH (p:Pair)-[:DEPICT|SHOWS]->(x) RETURN x.id AS id", r"relationship type DEPICT: did you mean DEPICTS\?"),
        ("MATCH (d:Disease) WHERE d.levels = 1 RETURN d.id AS id", r"the property levels: did you mean level\?"),
        ("MATCH (d:Disease {qqq: 1}) RETURN d.id AS id", "the property qqq: `derm1m schema` lists them"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(query: str, message: str, remote: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=message):
        remote.cypher(query)


def test_names_of_the_schema_and_of_maps_are_no_mistake(session: "Session", remote: KnowledgeGraph) -> None:
    everything = "|".join(EDGES)
    assert remote.cypher(f"MATCH ()-[r:{everything}]->() RETURN count(r) AS n")["n"][0].as_py() > 0
    assert remote.cypher("UNWIND [{mine: 1}] AS row RETURN row.mine AS mine").to_pylist() == [{"mine": 1}]
    session.run("CREATE (:Ward {beds: 3})").consume()
    try:
        assert remote.cypher("MATCH (w:Ward) RETURN w.beds AS beds").to_pylist() == [{"beds": 3}]
    finally:
        session.run("MATCH (w:Ward) DELETE w").consume()


def test_a_query_past_its_time_is_ended_by_the_server(remote: KnowledgeGraph) -> None:
    endless = "MATCH (a), (b), (c) WHERE a.id < b.id AND b.id < c.id RETURN count(*) AS n"
    with pytest.raises(QueryStopped, match=r"no answer within 0\.5 s"):
        remote.cypher(endless, timeout=0.5)
    assert remote.cypher("RETURN 1 AS one").to_pylist() == [{"one": 1}]


def test_a_plan_is_shown(remote: KnowledgeGraph) -> None:
    assert "NodeByLabelScan" in remote.explain("MATCH (p:Pair) RETURN p.text AS text")


def documented_queries(section: str) -> list[str]:
    """The Cypher below a heading of the documentation."""
    page = (ROOT / "docs" / "neo4j.md").read_text(encoding="utf-8")
    [text] = [part for part in page.split("\n## ") if part.startswith(f"{section}\n")]
    return re.findall(r"```cypher\n(.*?)```", text, re.DOTALL)


def test_the_queries_of_the_documentation_are_answered(session: "Session") -> None:
    queries = documented_queries("In the Neo4j Browser")
    assert len(queries) == 5
    for query in queries:
        assert session.run(query).data(), query


def test_what_a_server_has_not_is_told(remote: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match="answers Cypher and has no table pairs"):
        remote.pairs()
    with pytest.raises(InputError, match="answers Cypher and has no SPARQL"):
        remote.sparql("ASK {}")


def test_the_command_line_asks_a_server(server: Server, pushed: Comparison) -> None:
    done = CliRunner().invoke(cli.app, ["ask", "images_by_group", "--kg", server.uri, "--format", "csv"])
    assert done.stdout.startswith('"group_label","images"')


def test_a_server_is_asked_by_the_user_in_its_address(
    server: Server, pushed: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD")
    host = server.uri.removeprefix("bolt://")
    with KnowledgeGraph.open(f"bolt://{server.user}:{quote(server.password, '')}@{host}") as graph:
        assert graph.cypher("RETURN 1 AS one").to_pylist() == [{"one": 1}]
        assert server.password not in repr(graph)


@pytest.mark.parametrize(
    ("password", "message"), [("", "set NEO4J_PASSWORD"), ("wrong%2Fword", "refuses the user neo4j: see NEO4J_USER")]
)
def test_a_server_that_wants_another_password_is_told_without_it(
    password: str, message: str, neo4j_server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(neo4j_server)  # a server of the user may want none
    monkeypatch.delenv("NEO4J_PASSWORD")
    address = neo4j_server.server.uri.replace("//", f"//neo4j:{password}@" if password else "//")
    with KnowledgeGraph.open(address) as graph, pytest.raises(InputError, match=message) as refusal:
        graph.cypher("RETURN 1 AS one")
    assert "wrong" not in str(refusal.value)


def test_a_server_that_is_not_there_is_named(ward_graph: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=r"bolt://127\.0\.0\.1:1"):
        push(ward_graph, Server("bolt://127.0.0.1:1"), progress=False)
    with pytest.raises(InputError, match=r"bolt://127\.0\.0\.1:1"):
        KnowledgeGraph.open("bolt://127.0.0.1:1").cypher("RETURN 1 AS one")


def test_import_files_go_to_a_folder_of_their_own(ward_graph: KnowledgeGraph, tmp_path: Path) -> None:
    from kg.neo4j.files import write_import

    (tmp_path / "kept").touch()
    with pytest.raises(InputError, match="new or empty"):
        write_import(ward_graph, tmp_path, progress=False)
