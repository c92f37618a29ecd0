"""Loads the quads of a build into a new store: `shards` as a build does, `raw` as Oxigraph does with a file of them.

`python -m benchmarks.rdf_load shards BUILD STORE` prints the number of quads, and wall and CPU seconds, as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyoxigraph as ox

from kg import quads
from kg.ontology import Ontology
from kg.projection import write_known
from kg.sparql import Loader
from kg.tables import read_shard, read_table, read_vocabulary, shard_names


def main() -> None:
    how, build, store = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    load = _prepare_shards(build) if how == "shards" else _prepare_raw(build, store.with_suffix(".nq"))
    wall, cpu = time.perf_counter(), _cpu()
    count = load(store)
    seconds = {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}
    print(json.dumps({"quads": count, **{each: round(took, 2) for each, took in seconds.items()}}))


def _cpu() -> float:
    """CPU seconds of this process and of those that it has waited for, of which one compacts the store."""
    return sum(os.times()[:4])


def _prepare_shards(build: Path) -> Callable[[Path], int]:
    ontology = Ontology.load(build / "ontology.owl")
    ontology.quads  # noqa: B018 - parsed here, for the build has it before it writes any graph
    return partial(_load_shards, build, ontology)


def _load_shards(build: Path, ontology: Ontology, store: Path) -> int:
    """Text made of every shard, loaded and optimized as `kg.projection` does."""
    vocabulary = read_vocabulary(build)
    with Loader(store) as loader:
        for name in shard_names(build):
            loader.add(partial(_write_shard, build, name, vocabulary.terms))
        loader.add(partial(write_known, ontology, vocabulary, read_table(build, "counts")))
        return loader.finish()


def _write_shard(build: Path, name: str, terms: pa.Table) -> Iterator[quads.Text]:
    return quads.write_shard(read_shard(build, name), terms)


def _prepare_raw(build: Path, file: Path) -> Callable[[Path], int]:
    """The quads of the build's store as N-Quads, ready to load."""
    ox.Store.read_only(str(build / "rdf")).dump(file, format=ox.RdfFormat.N_QUADS)
    return partial(_load_raw, file)


def _load_raw(file: Path, folder: Path) -> int:
    store = ox.Store(folder)
    store.bulk_load(path=file, lenient=True)
    store.optimize()
    store.flush()
    return len(store)


if __name__ == "__main__":
    main()
