"""The pair graph on a Neo4j server: the same nodes and relationships as in the embedded property graph."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, NoReturn

import pyarrow as pa
from tqdm import tqdm

from kg.errors import InputError
from kg.property_graph import EDGES, NODES, Edges, image_nodes, pair_edges, term_edges, term_nodes
from kg.tables import read_shard, read_vocabulary, shard_names

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Session

    from kg.graph import KnowledgeGraph


@dataclass(frozen=True)
class PushAccount:
    """What was sent, and what the server holds of the same labels and types afterwards."""

    sent: Mapping[str, int]
    found: Mapping[str, int]

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """(sent, found) for each label or type where they are not the same: the server held more before."""
        return {name: (count, self.found[name]) for name, count in self.sent.items() if count != self.found[name]}

    def as_dict(self) -> dict[str, Any]:
        return {"sent": dict(self.sent), "found": dict(self.found), "differences": self.differences}

    def as_text(self) -> str:
        lines = [f"{name}: {count:,}" for name, count in self.sent.items() if count]
        lines += [f"{name}: the server has {n:,}, not {sent:,}" for name, (sent, n) in self.differences.items()]
        return "\n".join(
            [*lines, "differs from the graph" if self.differences else "verified: the server has the same"]
        )


def push(
    graph: "KnowledgeGraph",
    uri: str,
    user: str,
    password: str,
    database: str = "neo4j",
    *,
    batch: int = 10_000,
    progress: bool = True,
) -> PushAccount:
    """Copy a graph to a server, in batches, each a transaction that is tried again when the server asks for it.

    A unique constraint on `id` for each label comes first. Nodes and relationships that are already there are updated,
    so that pushing again, also after an interruption, changes nothing; nothing is deleted. Without `user` the server is
    asked without authentication. Raises InputError when it cannot be reached, refuses, or holds data that breaks a
    constraint.
    """
    vocabulary = read_vocabulary(graph.folder)
    with _connected(uri, user, password) as driver, driver.session(database=database) as session:
        for label in NODES:
            _run(session, f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")
        with tqdm(unit="rows", unit_scale=True, disable=None if progress else True) as bar:
            sender = _Sender(session, batch, bar)
            sender.send(term_nodes(vocabulary, graph.counts()), term_edges(vocabulary))
            for name in shard_names(graph.folder):
                shard = read_shard(graph.folder, name)
                sender.send(image_nodes(shard), pair_edges(shard, vocabulary.terms))
        return PushAccount(sender.sent, count(session))


class _Sender:
    """Sends nodes and relationships, and counts them."""

    def __init__(self, session: "Session", batch: int, bar: "tqdm[NoReturn]") -> None:
        self.sent = dict.fromkeys((*NODES, *EDGES), 0)
        self._session = session
        self._batch = batch
        self._bar = bar

    def send(self, nodes: Iterable[tuple[str, pa.Table]], edges: Iterable[Edges]) -> None:
        """Send nodes, then relationships, whose ends are there by now."""
        for label, table in nodes:
            self._send(label, table, f"UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) SET n = row")
        for group in edges:
            text = (
                "UNWIND $rows AS row "
                f"MATCH (a:{group.start} {{id: row.start}}) MATCH (b:{group.end} {{id: row.stop}}) "
                f"MERGE (a)-[r:{group.type.name}]->(b) SET r = row.properties"
            )
            self._send(group.type.name, group.table, text, _edge_row)

    def _send(
        self,
        name: str,
        table: pa.Table,
        text: str,
        shape: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
    ) -> None:
        self._bar.set_description(name)
        for batch in table.to_batches(max_chunksize=self._batch):
            _run(self._session, text, [shape(row) for row in batch.to_pylist()])
            self._bar.update(len(batch))
        self.sent[name] += len(table)


def count(session: "Session") -> dict[str, int]:
    """Number of nodes by label and relationships by type, for every label and type of the schema."""
    found = {label: _number(session, f"MATCH (n:{label}) RETURN count(n) AS n") for label in NODES}
    return {**found, **{name: _number(session, f"MATCH ()-[r:{name}]->() RETURN count(r) AS n") for name in EDGES}}


def _edge_row(row: dict[str, Any]) -> dict[str, Any]:
    return {"start": row.pop("from"), "stop": row.pop("to"), "properties": row}


def _run(session: "Session", text: LiteralString, rows: list[dict[str, Any]] | None = None) -> None:
    def work(transaction: "ManagedTransaction") -> None:
        transaction.run(text, rows=rows).consume()

    session.execute_write(work)


def _number(session: "Session", text: LiteralString) -> int:
    def work(transaction: "ManagedTransaction") -> int:
        return int(transaction.run(text).single(strict=True)["n"])

    return session.execute_read(work)


@contextmanager
def _connected(uri: str, user: str, password: str) -> Iterator["Driver"]:
    try:
        import neo4j
    except ModuleNotFoundError:
        raise InputError("the Neo4j driver is not installed: pip install 'derm1m[neo4j]'") from None

    try:
        auth = (user, password) if user and password else None
        # the schema has relationship types that a graph may have none of: no news for the user
        driver = neo4j.GraphDatabase.driver(uri, auth=auth, notifications_min_severity="OFF")
    except (ValueError, neo4j.exceptions.ConfigurationError) as error:
        raise InputError(f"{uri}: {error}") from error
    with driver:
        try:
            driver.verify_connectivity()  # at once, where a transaction would try again for half a minute
            yield driver
        except neo4j.exceptions.Neo4jError as error:
            raise InputError(f"{uri}: {error.message}") from error
        except neo4j.exceptions.DriverError as error:
            raise InputError(f"{uri}: {error}") from error
