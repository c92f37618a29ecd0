"""Both graphs of a build, written from its shards, the RDF store while these are being made."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa

from kg import cypher, quads
from kg.clock import Clock
from kg.engines import available_cores
from kg.resources import ontology_folder
from kg.sparql import Loader
from kg.tables import Vocabulary, read_shard, read_table, read_vocabulary, shard_names

if TYPE_CHECKING:
    from kg.ontology import Ontology


class Projection:
    """The RDF store and the property graph below a build's folder.

    A context. `add` takes the shards, of which `kg.cypher.write_part` has written the nodes and relationships, in any
    order; `finish` comes when all are there.
    """

    def __init__(self, folder: Path, ontology: "Ontology", parts: Path) -> None:
        self._folder = folder
        self._ontology = ontology
        self._parts = parts
        self._vocabulary = read_vocabulary(folder)
        self._loader = Loader(folder / "rdf")

    def __enter__(self) -> Self:
        self._loader.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._loader.__exit__()

    def add(self, name: str) -> None:
        """Load the quads of a shard. Raises OSError where the disk has refused an earlier one."""
        self._loader.add(lambda: quads.write_shard(read_shard(self._folder, name), self._vocabulary.terms))

    def finish(self, counts: pa.Table, clock: Clock) -> tuple[dict[str, int], int]:
        """Write what is still missing, and return (nodes and relationships by name, number of quads).

        Raises OSError where the disk refuses.
        """
        self._loader.add(lambda: write_known(self._ontology, self._vocabulary, counts))
        with clock.step("RDF graph"):
            self._loader.wait()
        with ThreadPoolExecutor(1) as beside:  # compaction keeps one core busy
            quads_written = beside.submit(self._loader.finish)
            with clock.step("property graph"):
                nodes = cypher.load(
                    self._folder, self._vocabulary, counts, self._parts, threads=max(1, available_cores() - 1)
                )
            with clock.step("RDF graph"):
                return nodes, quads_written.result()


def write_known(ontology: "Ontology", vocabulary: Vocabulary, counts: pa.Table) -> Iterator[quads.Text]:
    """As TriG what does not come from shards: ontology, vocabulary of the pair graph, sources, terms in one hop."""
    import pyoxigraph as ox

    yield ox.serialize(ontology.quads, format=ox.RdfFormat.N_QUADS) or b""
    yield (ontology_folder() / "pairs.ttl").read_bytes()
    yield from quads.write_vocabulary(vocabulary, counts)


def write_graphs(folder: Path, ontology: "Ontology", clock: Clock) -> tuple[dict[str, int], int]:
    """Write both graphs of the tables in `folder`: (nodes and relationships by name, number of quads)."""
    parts = folder / "scratch"
    vocabulary = read_vocabulary(folder)
    with Projection(folder, ontology, parts) as projection:
        for name in shard_names(folder):
            projection.add(name)
            cypher.write_part(parts, name, read_shard(folder, name), vocabulary.terms)
        found = projection.finish(read_table(folder, "counts"), clock)
    shutil.rmtree(parts)
    return found
