"""Copying a graph to a running server: schema first, then batches that are counted, tried again, and taken up again."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from kg.errors import InputError
from kg.neo4j.batches import Batch, Mode, edge_batches, node_batches
from kg.neo4j.comparison import Comparison, count, expected_counts
from kg.neo4j.schema import BUILD, CONSTRAINTS, INDEXES
from kg.neo4j.server import Server
from kg.property_graph import NODES, Edges, image_nodes, pair_edges, term_edges, term_nodes
from kg.tables import read_shard, read_vocabulary, shard_names
from kg.wording import counted

if TYPE_CHECKING:
    import pyarrow as pa
    from neo4j import Driver, ManagedTransaction, Session

    from kg.graph import KnowledgeGraph

Stage = Callable[[Mode, int], Iterator[Batch]]
"""Batches of some size that may arrive in any order; a stage begins when the one before is done."""


@dataclass(frozen=True)
class _Progress:
    """What a former push has left to do."""

    mode: Mode
    batch: int
    stage: int = 0
    done: frozenset[int] = frozenset()  # batches of that stage
    finished: bool = False


def push(
    graph: "KnowledgeGraph",
    server: Server,
    *,
    batch: int = 10_000,
    parallel: int = 2,
    replace: bool = False,
    progress: bool = True,
) -> Comparison:
    """Copy a graph to a server, and compare the numbers of nodes and relationships that it holds then.

    Unique ids for each label come first. Then batches are sent, each a transaction that also records that it was done,
    so that an interrupted push of a build goes on where it ended; deadlocks and restarts of the server are tried again.
    Where the server holds nothing of a graph, batches create; else they find what is there and update it, so that
    pushing again changes nothing; a build that is there in full, also by `kg.neo4j.files`, is not sent. Nothing is
    deleted unless `replace` asks for that first. `parallel` transactions run at a time. Raises InputError when the
    server cannot be reached, refuses, holds another build or data that breaks a constraint.
    """
    if batch < 1 or parallel < 1:
        raise InputError("a batch has 1 row or more, and 1 transaction or more run at a time")
    with server.connected() as driver, driver.session(database=server.database) as session:
        if replace:
            _remove(session)
        elif other := _other_build(session, graph.info["build"]):
            raise InputError(
                f"{server.uri} holds build {other}, not {graph.info['build']}: both together would be neither; "
                "--replace deletes the one that is there first"
            )
        for constraint in CONSTRAINTS:
            session.run(constraint).consume()
        expected = expected_counts(graph)
        left = _begin(session, graph.info["build"], batch, expected)
        with tqdm(total=sum(expected.values()), unit="row", unit_scale=True, disable=None if progress else True) as bar:
            sender = _Sender(driver, server.database, graph.info["build"], parallel, bar)
            for number, stage in enumerate(_stages(graph)):
                if not left.finished and number >= left.stage:
                    sender.send(stage(left.mode, left.batch), left.done if number == left.stage else frozenset())
                    _record(session, graph.info["build"], stage=number + 1, done=[])
        for index in INDEXES:
            session.run(index).consume()
        session.run("CALL db.awaitIndexes(3600)").consume()
        _record(session, graph.info["build"], finished=True)
        return Comparison(expected, count(session))


def _stages(graph: "KnowledgeGraph") -> Iterator[Stage]:
    """Terms, what is known of them, then for each shard its images and pairs, and what is said of these."""
    vocabulary, counts = read_vocabulary(graph.folder), graph.counts()
    yield lambda mode, size: _nodes(term_nodes(vocabulary, counts), size, mode)
    yield lambda mode, size: _edges(term_edges(vocabulary, counts), size, mode)
    for name in shard_names(graph.folder):
        yield partial(_shard_nodes, graph.folder, name)
        yield partial(_shard_edges, graph.folder, name, vocabulary.terms)


def _shard_nodes(folder: Path, name: str, mode: Mode, size: int) -> Iterator[Batch]:
    return _nodes(image_nodes(read_shard(folder, name)), size, mode)


def _shard_edges(folder: Path, name: str, terms: "pa.Table", mode: Mode, size: int) -> Iterator[Batch]:
    return _edges(pair_edges(read_shard(folder, name), terms), size, mode)


def _nodes(tables: "Iterable[tuple[str, pa.Table]]", size: int, mode: Mode) -> Iterator[Batch]:
    return (batch for label, table in tables for batch in node_batches(label, table, size, mode))


def _edges(groups: Iterable[Edges], size: int, mode: Mode) -> Iterator[Batch]:
    return (batch for edges in groups for batch in edge_batches(edges, size, mode))


def _other_build(session: "Session", build: str) -> str:
    """The build that the server holds, in full or in part, where that is another one."""
    found = session.run(f"MATCH (b:{BUILD}) WHERE b.id <> $build RETURN b.id AS id LIMIT 1", build=build).single()
    return str(found["id"]) if found else ""


def _begin(session: "Session", build: str, batch: int, expected: Mapping[str, int]) -> _Progress:
    """How to go on: where a former push of the build ended, not at all when it is there, else from the start."""
    found = session.run(
        f"MATCH (b:{BUILD} {{id: $build}}) RETURN b.mode AS mode, b.batch AS batch, b.stage AS stage, b.done AS done, "
        "b.finished AS finished",
        build=build,
    ).single()
    if found and not found["finished"]:
        return _Progress(found["mode"], found["batch"], found["stage"], frozenset(found["done"]))
    held = count(session)
    if found and held == expected:
        return _Progress("merge", batch, finished=True)
    left = _Progress("merge" if any(held.values()) else "create", batch)
    start: dict[str, object] = {"mode": left.mode, "batch": batch, "stage": 0, "done": [], "finished": False}
    session.run(f"MERGE (b:{BUILD} {{id: $build}}) SET b += $start", build=build, start=start).consume()
    return left


def _record(session: "Session", build: str, **properties: Any) -> None:
    session.run(f"MATCH (b:{BUILD} {{id: $build}}) SET b += $properties", build=build, properties=properties).consume()


def _remove(session: "Session") -> None:
    """Delete the nodes of every label of the schema, with their relationships."""
    for label in (*NODES, BUILD):
        text = f"MATCH (n:{label}) CALL {{ WITH n DETACH DELETE n }} IN TRANSACTIONS OF 10000 ROWS"
        session.run(text).consume()


class _Sender:
    """Sends batches, some at a time."""

    def __init__(self, driver: "Driver", database: str, build: str, parallel: int, bar: "tqdm[Any]") -> None:
        self._driver = driver
        self._database = database
        self._build = build
        self._parallel = parallel
        self._bar = bar
        self._stopped = threading.Event()

    def send(self, batches: Iterable[Batch], done: frozenset[int]) -> None:
        """Send those that are not done; ends when all have arrived. Raises what the first one that fails does."""
        with ThreadPoolExecutor(self._parallel, thread_name_prefix="push") as pool:
            running: set[Future[int]] = set()
            try:
                for number, batch in enumerate(batches):
                    self._bar.set_description(batch.name)
                    if number in done:
                        self._bar.update(batch.size)
                        continue
                    running.add(pool.submit(self._send, number, batch))
                    if len(running) > self._parallel:  # one more waits, so that no thread does
                        running = self._take(running)
                while running:
                    running = self._take(running)
            except BaseException:
                self._stopped.set()
                raise

    def _take(self, running: "set[Future[int]]") -> "set[Future[int]]":
        arrived, running = wait(running, return_when=FIRST_COMPLETED)
        for future in arrived:
            self._bar.update(future.result())
        return running

    def _send(self, number: int, batch: Batch) -> int:
        def work(transaction: "ManagedTransaction") -> int:
            if self._stopped.is_set():
                raise InputError("stopped: another batch has failed")
            text = batch.text
            arrived = int(transaction.run(text, rows=batch.rows).single(strict=True)["n"])
            if arrived != batch.size:
                raise InputError(
                    f"{batch.name}: {arrived:,} of {counted(batch.size, 'row')} found their nodes: "
                    "another program is changing "
                    "the database; push again"
                )
            transaction.run(
                f"MATCH (b:{BUILD} {{id: $build}}) SET b.done = b.done + $number", build=self._build, number=number
            ).consume()
            return arrived

        with self._driver.session(database=self._database) as session:
            return session.execute_write(work)
