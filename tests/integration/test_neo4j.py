"""A graph pushed to a real Neo4j server: the same counts, and the same answers to the same Cypher."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.errors import InputError
from kg.neo4j_push import PushAccount, push
from tests.integration.conftest import Server

if TYPE_CHECKING:
    from neo4j import Session

    from kg.graph import KnowledgeGraph

pytestmark = pytest.mark.integration

QUERIES = sorted((Path(__file__).parents[2] / "docs" / "queries").glob("*.cypher"))


@pytest.fixture(scope="module")
def pushed(neo4j_server: Server, clinic_graph: "KnowledgeGraph") -> PushAccount:
    server = neo4j_server
    return push(clinic_graph, server.uri, server.user, server.password, server.database, batch=1_000)


@pytest.fixture(scope="module")
def session(neo4j_server: Server, pushed: PushAccount) -> "Iterator[Session]":
    import neo4j

    server = neo4j_server
    auth = (server.user, server.password) if server.password else None
    with neo4j.GraphDatabase.driver(server.uri, auth=auth) as driver, driver.session() as session:
        yield session


def test_the_server_holds_every_node_and_relationship(pushed: PushAccount, clinic_graph: "KnowledgeGraph") -> None:
    assert pushed.differences == {}
    assert pushed.found == clinic_graph.info["nodes_and_relationships"]


def test_pushing_again_changes_nothing(
    pushed: PushAccount, neo4j_server: Server, clinic_graph: "KnowledgeGraph", session: "Session"
) -> None:
    everything = "MATCH (a)-[r]->(b) RETURN a.id AS a, type(r) AS r, b.id AS b, properties(r) AS p"
    before = sorted(map(str, session.run(everything).data()))
    again = push(clinic_graph, neo4j_server.uri, neo4j_server.user, neo4j_server.password)
    assert again.found == pushed.found
    assert sorted(map(str, session.run(everything).data())) == before


def test_ids_are_unique_for_each_label(session: "Session") -> None:
    from kg.property_graph import NODES

    constrained = {label for row in session.run("SHOW CONSTRAINTS").data() for label in row["labelsOrTypes"]}
    assert constrained == set(NODES)


def test_a_constraint_that_cannot_hold_stops_the_push(neo4j_server: Server, clinic_graph: "KnowledgeGraph") -> None:
    import neo4j

    server = neo4j_server
    auth = (server.user, server.password) if server.password else None
    with neo4j.GraphDatabase.driver(server.uri, auth=auth) as driver:
        driver.execute_query("DROP CONSTRAINT source_id")
        driver.execute_query("CREATE (:Source {id: 'twice'}), (:Source {id: 'twice'})")
        try:
            with pytest.raises(InputError, match="twice"):
                push(clinic_graph, server.uri, server.user, server.password)
        finally:
            driver.execute_query("MATCH (s:Source {id: 'twice'}) DELETE s")
            push(clinic_graph, server.uri, server.user, server.password)


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.stem)
def test_one_cypher_text_has_one_answer_on_every_engine(
    file: Path, session: "Session", clinic_graph: "KnowledgeGraph"
) -> None:
    text = file.read_text(encoding="utf-8")
    answer: list[dict[str, Any]] = session.run(text).data()
    assert answer == clinic_graph.cypher(text).to_pylist()
    assert answer == clinic_graph.sparql(file.with_suffix(".rq").read_text(encoding="utf-8")).to_pylist()


def test_a_server_that_is_not_there_is_named(clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match=r"bolt://127\.0\.0\.1:1"):
        push(clinic_graph, "bolt://127.0.0.1:1", "", "")
