"""Real servers: Neo4j, the user's own where `NEO4J_URI` names one, else one that is started for the tests."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.neo4j import Server
from kg.neo4j.files import ARGUMENTS, ImportAccount, write_import
from tests.java.jars import JAVA, resolve

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

POM = Path(__file__).parents[1] / "java" / "neo4j"
_OPENED = ["java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.lang"]
_OPTIONS = [f"--add-opens={module}=ALL-UNNAMED" for module in [*_OPENED, "jdk.unsupported/sun.misc"]]
_CONF = """\
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.memory.heap.max_size=1g
server.memory.pagecache.size=256m
"""

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
    home = tmp_path_factory.mktemp("neo4j")
    jars = resolve(POM)
    server = _configure(home)
    account = write_import(ward_graph, home / "files", progress=False)
    _import(home, jars)
    process = _start(home, jars, server)
    try:
        yield Running(server, account, content(server))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


def _configure(home: Path) -> Server:
    for folder in ("conf", "data", "logs", "import", "plugins"):
        (home / folder).mkdir()
    bolt, http = free_ports(2)
    (home / "conf" / "neo4j.conf").write_text(_CONF.format(bolt=bolt, http=http))
    return Server(f"bolt://127.0.0.1:{bolt}")


def _import(home: Path, jars: Path) -> None:
    """What `import.sh` does, by the program that `neo4j-admin` starts."""
    program = [*JAVA, "-Xmx1g", *_OPTIONS, "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool"]
    done = subprocess.run(
        [*program, "database", "import", "full", "neo4j", f"@{ARGUMENTS}"],
        cwd=home / "files",
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"neo4j-admin database import:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _start(home: Path, jars: Path, server: Server) -> "subprocess.Popen[bytes]":
    main = ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    with (home / "logs" / "console.log").open("wb") as log:
        process = subprocess.Popen([*JAVA, "-Xmx1g", *_OPTIONS, "-cp", f"{jars}/*", *main], stdout=log, stderr=log)
    port = int(server.uri.rpartition(":")[2])
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return process
    process.kill()
    pytest.fail(f"Neo4j did not answer:\n{(home / 'logs' / 'console.log').read_text()[-3000:]}")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _empty(server: Server, *, allowed: bool) -> None:
    with server.connected() as driver:
        count = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
        if count and not allowed:
            pytest.fail(f"{server.uri} holds {count} nodes: NEO4J_TEST_WIPE=yes allows the tests to delete them")
        driver.execute_query("MATCH (n) DETACH DELETE n")
