"""Real servers: Neo4j, the user's own where `NEO4J_URI` names one, else one that is started for the tests."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from kg.neo4j import Server
from kg.neo4j.files import ImportAccount, write_import
from tests.java.neo4j_home import Neo4jHome

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

Content = tuple[list[str], list[str]]  # every node and every relationship, as text


@dataclass(frozen=True)
class Running:
    """A server, and what it held when it was started, which is what had been imported into it."""

    server: Server
    account: ImportAccount | None = None
    imported: Content | None = None


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory, ward_graph: "KnowledgeGraph") -> Iterator[Running]:
    """A server with the wards imported; one of the user is empty, or `NEO4J_TEST_WIPE=yes` lets it be emptied."""
    pytest.importorskip("neo4j", reason="the Neo4j driver is not installed: pip install 'derm1m[neo4j]'")
    if uri := os.environ.get("NEO4J_URI"):
        server = Server.of_environment(uri)
        _empty(server, allowed=os.environ.get("NEO4J_TEST_WIPE") == "yes")
        yield Running(server)
        return
    home = Neo4jHome(tmp_path_factory.mktemp("neo4j"))
    account = write_import(ward_graph, home.folder / "files", progress=False)
    home.load(home.folder / "files")
    with home.running() as server:
        yield Running(server, account, content(server))


def content(server: Server) -> Content:
    """All that a server holds of a graph."""
    with server.connected() as driver, driver.session() as session:

        def rows(query: str) -> list[str]:
            return sorted(str(_ordered(row)) for row in session.run(query).data())

        nodes = rows("MATCH (n) WHERE NOT n:Derm1mBuild RETURN labels(n) AS labels, properties(n) AS said")
        edges = rows(
            "MATCH (a)-[r]->(b) RETURN labels(a) AS starts, a.id AS start, type(r) AS type, labels(b) AS ends, "
            "b.id AS end, properties(r) AS said"
        )
    return nodes, edges


def _ordered(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "said": dict(sorted(row["said"].items()))}


def _empty(server: Server, *, allowed: bool) -> None:
    with server.connected() as driver:
        count = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
        if count and not allowed:
            pytest.fail(f"{server.uri} holds {count} nodes: NEO4J_TEST_WIPE=yes allows the tests to delete them")
        driver.execute_query("MATCH (n) DETACH DELETE n")
