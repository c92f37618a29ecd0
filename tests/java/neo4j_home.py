"""A real Neo4j server in a folder of its own, from pinned jars: imported into, started, and ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.neo4j import Server
from kg.neo4j.files import ARGUMENTS
from tests.java.jars import JAVA, resolve

_POM = Path(__file__).with_name("neo4j")
_OPENED = ["java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.lang"]
_OPTIONS = [f"--add-opens={module}=ALL-UNNAMED" for module in [*_OPENED, "jdk.unsupported/sun.misc"]]
_CONF = """\
dbms.usage_report.enabled=false
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.memory.heap.max_size={heap}
server.memory.pagecache.size=256m
"""


PASSWORD = "not-a-secret"


class Neo4jHome:
    """A server's folder, on free ports, with the user neo4j and `PASSWORD`; nothing runs until `running`.

    Skips the test without Java or Maven.
    """

    def __init__(self, folder: Path, *, heap: str = "1g", java: tuple[str, ...] = JAVA) -> None:
        for name in ("conf", "data", "logs", "import", "plugins"):
            (folder / name).mkdir(parents=True)
        bolt, http = free_ports(2)
        (folder / "conf" / "neo4j.conf").write_text(_CONF.format(bolt=bolt, http=http, heap=heap))
        self.folder = folder
        self.server = Server(f"bolt://127.0.0.1:{bolt}", password=PASSWORD)
        self._program = [*java, f"-Xmx{heap}", *_OPTIONS, "-cp", f"{resolve(_POM)}/*"]
        self._administrate("dbms", "set-initial-password", PASSWORD)

    def load(self, files: Path) -> None:
        """What `import.sh` in the folder `files` does."""
        self._administrate("database", "import", "full", "neo4j", f"@{ARGUMENTS}", folder=files)

    def _administrate(self, *words: str, folder: Path | None = None) -> None:
        """Run the program that `neo4j-admin` starts."""
        done = subprocess.run(
            [*self._program, "org.neo4j.cli.AdminTool", *words],
            cwd=folder,
            env={**os.environ, "NEO4J_HOME": str(self.folder), "NEO4J_CONF": str(self.folder / "conf")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"neo4j-admin {' '.join(words)}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    @contextmanager
    def running(self) -> Iterator[Server]:
        """The server, which answers when the block begins and has ended after it."""
        process = self._start()
        try:
            yield self.server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        options = [f"--home-dir={self.folder}", f"--config-dir={self.folder / 'conf'}"]
        console = self.folder / "logs" / "console.log"
        with console.open("wb") as log:
            process = subprocess.Popen(
                [*self._program, "org.neo4j.server.CommunityEntryPoint", *options], stdout=log, stderr=log
            )
        port = int(self.server.uri.rpartition(":")[2])
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                time.sleep(0.2)
            else:
                return process
        process.kill()
        pytest.fail(f"Neo4j did not answer:\n{console.read_text()[-3000:]}")


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
