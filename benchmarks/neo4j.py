"""A graph's way to Neo4j: `python -m benchmarks.neo4j --kg KG` starts a server of its own, and says how long each took.

Three ways: files for `neo4j-admin database import full` and that command; a push in batches; and, on a sample, the
same statements with one row each, as a naive loop sends them.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.graph import KnowledgeGraph
from kg.neo4j import Server
from kg.neo4j.batches import Batch, edge_batches, node_batches
from kg.neo4j.files import write_import
from kg.neo4j.push import push
from kg.neo4j.schema import CONSTRAINTS
from kg.property_graph import image_nodes, pair_edges, term_nodes
from kg.tables import Shard, read_shard, read_vocabulary, shard_names
from tests.java.neo4j_home import Neo4jHome

if TYPE_CHECKING:
    from neo4j import Session

_BATCH = 10_000


def time_import(graph: KnowledgeGraph, home: Neo4jHome) -> dict[str, Any]:
    """Seconds of writing the files and of importing them into an empty database."""
    files = home.folder / "files"
    written, account = _timed(lambda: write_import(graph, files, progress=False))
    imported, _ = _timed(lambda: home.load(files))
    return {
        "rows": sum(account.written.values()),
        "megabytes": account.bytes >> 20,
        "files_s": round(written, 1),
        "import_s": round(imported, 1),
        "total_s": round(written + imported, 1),
    }


def time_push(graph: KnowledgeGraph, server: Server) -> dict[str, Any]:
    """Seconds of a push into a database that is made empty first, and pairs and rows a second."""
    with server.connected() as driver, driver.session(database=server.database) as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
    seconds, compared = _timed(lambda: push(graph, server, batch=_BATCH, progress=False))
    if not compared.same:
        raise RuntimeError(compared.as_text())
    return _rates(seconds, graph.info["pairs"], sum(compared.found.values()))


def time_naive(graph: KnowledgeGraph, server: Server, most: int) -> dict[str, Any]:
    """Seconds of the same for up to `most` pairs with their images and relationships, one MERGE at a time."""
    vocabulary = read_vocabulary(graph.folder)
    shard = _first_pairs(graph, most)
    with server.connected() as driver, driver.session(database=server.database) as session:
        for constraint in CONSTRAINTS:
            session.run(constraint).consume()
        for label, table in term_nodes(vocabulary, graph.counts()):
            _send(session, node_batches(label, table, _BATCH, "merge"))

        def loop() -> int:
            rows = sum(_send(session, node_batches(label, table, 1, "merge")) for label, table in image_nodes(shard))
            return rows + sum(_send(session, edge_batches(e, 1, "merge")) for e in pair_edges(shard, vocabulary.terms))

        seconds, rows = _timed(loop)
    return _rates(seconds, len(shard.pairs), rows)


def _first_pairs(graph: KnowledgeGraph, most: int) -> Shard:
    """Pairs of the first shard with all that belongs to them."""
    import pyarrow.compute as pc

    shard = read_shard(graph.folder, shard_names(graph.folder)[0])
    pairs = shard.pairs.slice(0, most)
    images = pc.unique(pairs["image"])
    return Shard(
        images=shard.images.filter(pc.is_in(shard.images["image"], images)),
        pairs=pairs,
        facts=shard.facts.filter(pc.is_in(shard.facts["image"], images)),
    )


def _send(session: "Session", batches: Iterator[Batch]) -> int:
    """The number of nodes or relationships that were sent, each batch a transaction."""
    return sum(int(session.run(batch.text, rows=batch.rows).single(strict=True)["n"]) for batch in batches)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def _rates(seconds: float, pairs: int, rows: int) -> dict[str, Any]:
    return {
        "pairs": pairs,
        "rows": rows,
        "seconds": round(seconds, 1),
        "pairs_a_second": round(pairs / seconds),
        "rows_a_second": round(rows / seconds),
    }


@contextmanager
def _own_home(folder: Path | None, heap: str) -> Iterator[Neo4jHome]:
    with tempfile.TemporaryDirectory(dir=folder, prefix="neo4j-") as name:
        yield Neo4jHome(Path(name), heap=heap, java=("java",))


def main() -> None:
    """Print the figures as JSON, a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kg", type=Path, required=True, help="folder of a graph")
    parser.add_argument("--uri", help="a running server, which is EMPTIED; without it one is started")
    parser.add_argument("--ways", nargs="+", choices=["import", "naive", "push"], default=["import", "naive", "push"])
    parser.add_argument("--sample", type=int, default=500, help="pairs of the naive loop")
    parser.add_argument("--heap", default="2g", help="memory of the server and of the import")
    parser.add_argument("--folder", type=Path, help="where the server's own folder is made")
    options = parser.parse_args()

    def tell(way: str, figures: dict[str, Any]) -> None:
        print(json.dumps({way: figures | {"load": round(os.getloadavg()[0], 1)}}), flush=True)

    with KnowledgeGraph.open(options.kg) as graph:
        if options.uri:
            running = nullcontext(Server.of_environment(options.uri))
            _time_server(graph, running, options, tell)
            return
        if "import" in options.ways:
            with _own_home(options.folder, options.heap) as home:
                tell("import", time_import(graph, home))
        if {"naive", "push"} & set(options.ways):
            with _own_home(options.folder, options.heap) as home:
                _time_server(graph, home.running(), options, tell)


def _time_server(graph: KnowledgeGraph, running: Any, options: argparse.Namespace, tell: Callable[..., None]) -> None:
    with running as server:
        if "naive" in options.ways:
            tell("naive", time_naive(graph, server, options.sample))
        if "push" in options.ways:
            tell("push", time_push(graph, server))


if __name__ == "__main__":
    main()
