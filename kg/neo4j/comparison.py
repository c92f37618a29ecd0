"""Whether a server holds what the tables say: numbers of everything, and all that is said of some pairs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.neo4j.server import Server
from kg.property_graph import EDGES, NODES, image_nodes, pair_edges
from kg.tables import Shard, read_shard, read_vocabulary, shard_names
from kg.wording import counted

if TYPE_CHECKING:
    from neo4j import Session

    from kg.graph import KnowledgeGraph

_SHARDS = 20
"""Shards that a sample of pairs is drawn from."""

Neighbourhood = dict[str, Any]
"""What is said of one pair: its own properties, its image's, and of each (type, other end) the relationship's."""


@dataclass(frozen=True)
class Comparison:
    """Numbers by label and type, as the graph has them and as the server does, and pairs that were looked at."""

    expected: Mapping[str, int]
    found: Mapping[str, int]
    sampled: int = 0
    odd: tuple[str, ...] = ()  # ids of pairs that differ

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """(expected, found) for each label or type where they are not the same."""
        return {name: (n, self.found[name]) for name, n in self.expected.items() if n != self.found[name]}

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and not self.odd

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain values."""
        told = {name: getattr(self, name) for name in ("expected", "found", "differences", "sampled", "odd", "same")}
        return {name: dict(value) if isinstance(value, Mapping) else value for name, value in told.items()}

    def as_text(self) -> str:
        """The comparison in a few lines."""
        lines = [f"{name}: {n:,}" for name, n in self.found.items() if n]
        lines += [f"{name}: the server has {n:,}, not {due:,}" for name, (due, n) in self.differences.items()]
        lines += [f"pair {pair}: the server says something else of it" for pair in self.odd]
        looked = f", {counted(self.sampled, 'pair')} looked at" if self.sampled else ""
        return "\n".join(
            [*lines, f"the server has the same{looked}" if self.same else f"the server differs from the graph{looked}"]
        )


def verify(graph: "KnowledgeGraph", server: Server, *, sample: int = 200, seed: int = 0) -> Comparison:
    """Compare the numbers, and all that is said of `sample` pairs that are drawn at random."""
    with server.connected() as driver, driver.session(database=server.database) as session:
        odd: list[str] = []
        looked_at = 0
        for expected in _sampled(graph, sample, seed):
            found = _neighbourhoods(session, list(expected))
            odd += [pair for pair, said in expected.items() if found.get(pair) != said]
            looked_at += len(expected)
        return Comparison(expected_counts(graph), count(session), looked_at, tuple(odd))


def expected_counts(graph: "KnowledgeGraph") -> dict[str, int]:
    """Number of nodes by label and relationships by type, as the build counted them."""
    counts: dict[str, int] = graph.info["nodes_and_relationships"]
    return counts


def count(session: "Session") -> dict[str, int]:
    """Number of nodes by label and relationships by type on the server, for every label and type of the schema."""

    def number(text: str) -> int:
        return int(session.run(text).single(strict=True)["n"])

    found = {label: number(f"MATCH (n:{label}) RETURN count(n) AS n") for label in NODES}
    return {**found, **{name: number(f"MATCH ()-[r:{name}]->() RETURN count(r) AS n") for name in EDGES}}


def _sampled(graph: "KnowledgeGraph", sample: int, seed: int) -> Iterator[dict[str, Neighbourhood]]:
    """What the tables say of pairs that are drawn at random, a shard at a time."""
    random = Random(seed)  # noqa: S311 - a sample, no secret
    names = shard_names(graph.folder)
    chosen = sorted(random.sample(names, min(_SHARDS, len(names))))
    terms = read_vocabulary(graph.folder).terms
    for place, name in enumerate(chosen):
        shard = read_shard(graph.folder, name)
        share = sample // len(chosen) + (place < sample % len(chosen))
        drawn = random.sample(range(len(shard.pairs)), min(share, len(shard.pairs)))
        if drawn:
            yield _said(_part(shard, shard.pairs.take(pa.array(drawn))), terms)


def _part(shard: Shard, pairs: pa.Table) -> Shard:
    """These pairs of a shard, with their images and facts."""
    images = pc.unique(pairs["image"])
    return Shard(
        images=shard.images.filter(pc.is_in(shard.images["image"], images)),
        pairs=pairs,
        facts=shard.facts.filter(pc.is_in(shard.facts["image"], images)),
    )


def _said(shard: Shard, terms: pa.Table) -> dict[str, Neighbourhood]:
    nodes = {row["id"]: _told(row) for _, table in image_nodes(shard) for row in table.to_pylist()}
    said: dict[str, Neighbourhood] = {pair: {"": nodes[pair]} for pair in shard.pairs["pair"].to_pylist()}
    for edges in pair_edges(shard, terms):
        for row in edges.table.to_pylist():
            start, end = row.pop("from"), row.pop("to")
            said[start][f"{edges.type.name} {end}"] = _told(row)
            if edges.end == "Image":
                said[start]["image"] = nodes[end]
    return said


def _neighbourhoods(session: "Session", pairs: list[str]) -> dict[str, Neighbourhood]:
    found: dict[str, Neighbourhood] = {}
    rows = session.run(
        "MATCH (p:Pair) WHERE p.id IN $pairs OPTIONAL MATCH (p)-[r]->(x) "
        "RETURN p.id AS pair, properties(p) AS own, type(r) AS type, x.id AS end, properties(r) AS said, "
        "CASE WHEN x:Image THEN properties(x) END AS image",
        pairs=pairs,
    )
    for row in rows:
        told = found.setdefault(row["pair"], {"": _told({name: row["own"].get(name) for name in NODES["Pair"]})})
        if row["type"]:
            told[f"{row['type']} {row['end']}"] = _told(row["said"])
        if row["image"]:
            told["image"] = _told({name: row["image"].get(name) for name in NODES["Image"]})
    return found


def _told(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties that say something: a server keeps no null."""
    return {name: value for name, value in properties.items() if value is not None}
