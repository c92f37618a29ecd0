"""A real Neo4j server: the user's own where `NEO4J_URI` names one, else one that is started for the tests."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.java.jars import JAVA, resolve

POM = Path(__file__).parents[1] / "java" / "neo4j"
_OPENED = ["java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.lang"]
_CONF = """\
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.memory.heap.max_size=1g
server.memory.pagecache.size=256m
"""


@dataclass(frozen=True)
class Server:
    uri: str
    user: str = ""
    password: str = ""
    database: str = "neo4j"


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An empty database. One that is the user's must be empty, or `NEO4J_TEST_WIPE=yes` say that it may be emptied."""
    pytest.importorskip("neo4j", reason="the Neo4j driver is not installed: pip install 'derm1m[neo4j]'")
    if uri := os.environ.get("NEO4J_URI"):
        server = Server(uri, os.environ.get("NEO4J_USER", ""), os.environ.get("NEO4J_PASSWORD", ""))
        _empty(server, allowed=os.environ.get("NEO4J_TEST_WIPE") == "yes")
        yield server
        return
    home = tmp_path_factory.mktemp("neo4j")
    process, uri = _start(home, resolve(POM))
    try:
        yield Server(uri)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(home: Path, jars: Path) -> "tuple[subprocess.Popen[bytes], str]":
    for folder in ("conf", "data", "logs", "import", "plugins"):
        (home / folder).mkdir()
    bolt, http = _free_ports(2)
    (home / "conf" / "neo4j.conf").write_text(_CONF.format(bolt=bolt, http=http))
    opened = [f"--add-opens={module}=ALL-UNNAMED" for module in [*_OPENED, "jdk.unsupported/sun.misc"]]
    main = ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    with (home / "logs" / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [*JAVA, "-Xmx1g", *opened, "-cp", f"{jars}/*", *main],
            stdout=log,
            stderr=log,
        )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", bolt), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return process, f"bolt://127.0.0.1:{bolt}"
    process.kill()
    pytest.fail(f"Neo4j did not answer:\n{(home / 'logs' / 'console.log').read_text()[-3000:]}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _empty(server: Server, *, allowed: bool) -> None:
    import neo4j

    auth = (server.user, server.password) if server.password else None
    with neo4j.GraphDatabase.driver(server.uri, auth=auth) as driver:
        count = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
        if count and not allowed:
            pytest.fail(f"{server.uri} holds {count} nodes: NEO4J_TEST_WIPE=yes allows the tests to delete them")
        driver.execute_query("MATCH (n) DETACH DELETE n")
