"""Embeddings of images, pairs or terms as vectors of their nodes, and the index that finds the nearest of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.errors import InputError
from kg.neo4j.server import Server
from kg.property_graph import NODES
from kg.wording import counted

if TYPE_CHECKING:
    from neo4j import Session

PROPERTY = "embedding"
"""Of a node; the graph on disk has none, and `verify` does not compare it."""

_MOST = 4096  # dimensions of a vector index


@dataclass(frozen=True)
class VectorAccount:
    """What became of the rows of a table: vectors written, and ids that the server has no node of."""

    label: str
    index: str
    dimensions: int
    written: int
    unknown: tuple[str, ...]

    def as_text(self) -> str:
        """The account in a line or two."""
        vectors, dimensions = counted(self.written, "vector"), counted(self.dimensions, "dimension")
        text = f"{vectors} of {dimensions} in the index {self.index}"
        if self.unknown:
            some = ", ".join(self.unknown[:3]) + (" …" if self.unknown[3:] else "")
            rows = counted(len(self.unknown), "row")
            text += f"\n{rows} left out: the server has no {self.label} of these ids: {some}"
        return text


def read_vectors(path: Path) -> pa.Table:
    """The columns `id` (text, each once) and `embedding` (lists of one length) of a Parquet file.

    Raises InputError with the row at fault: no id, an id twice, no vector, one of another length, one without a
    direction (all zeros) or with a number that is not finite.
    """
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, columns=["id", "embedding"], partitioning=None)
    except (pa.ArrowException, OSError, KeyError) as error:
        raise InputError(f"{path}: not a Parquet file with the columns id and embedding: {error}") from error
    ids = table["id"].cast(pa.string()).combine_chunks()
    try:
        lists = table["embedding"].cast(pa.list_(pa.float64())).combine_chunks()
    except pa.ArrowException:
        kind = table["embedding"].type
        raise InputError(f"{path}: column embedding holds {kind}, not lists of numbers") from None
    dimensions = pc.list_value_length(lists)

    def refuse(faulty: pa.Array, what: str) -> None:
        if (row := pc.index(faulty, True).as_py()) >= 0:
            raise InputError(f"{path}: row {row + 1} ({ids[row].as_py()}): {what}")

    refuse(ids.is_null(), "no id")
    first = pc.index_in(ids, value_set=ids)
    refuse(pc.not_equal(first, pa.array(np.arange(len(ids)), pa.int32())), "the id stands in an earlier row too")
    refuse(lists.is_null(), "no vector")
    if not len(ids):
        raise InputError(f"{path}: no row")
    length = dimensions[0].as_py()
    if not 1 <= length <= _MOST:
        raise InputError(f"{path}: vectors of {length} dimensions; an index takes 1 to {_MOST:,}")
    refuse(pc.not_equal(dimensions, length), f"not {length} numbers as in the first row")
    vectors = pc.list_flatten(lists).to_numpy(zero_copy_only=False).reshape(-1, length)
    refuse(pa.array(~np.isfinite(vectors).all(axis=1)), "a number that is not finite")
    refuse(pa.array(~vectors.any(axis=1)), "all zeros: a vector without a direction has no neighbours")
    flat = pa.array(vectors.astype(np.float32).ravel())
    return pa.table({"id": ids, "embedding": pa.FixedSizeListArray.from_arrays(flat, length)})


def push_vectors(
    table: pa.Table,
    server: Server,
    *,
    label: str = "Image",
    replace: bool = False,
    batch: int = 1_000,
    progress: bool = True,
) -> VectorAccount:
    """Write the vectors of `read_vectors` to the nodes of a label, and index them by cosine.

    The index is not quantized: a score is (1 + cosine) / 2 of the vectors as they are. Writing them again changes
    nothing. Raises InputError where the index has vectors of other dimensions, unless `replace` removes these first,
    and when the server cannot be reached or refuses.
    """
    if label not in NODES:
        raise InputError(f"no label {label!r}: there are {', '.join(NODES)}")
    index, dimensions = f"{label.lower()}_embeddings", table.schema.field("embedding").type.list_size
    write = (
        f"UNWIND $rows AS row MATCH (n:{label} {{id: row[0]}}) "
        f"CALL db.create.setNodeVectorProperty(n, '{PROPERTY}', row[1]) RETURN collect(n.id) AS ids"
    )
    unknown: list[str] = []
    with server.connected() as driver, driver.session(database=server.database) as session:
        if replace:
            _remove(session, label, index)
        elif (held := _dimensions(session, index)) not in {None, dimensions}:
            raise InputError(f"{server.uri}: {index} has vectors of {held} dimensions, not {dimensions}: see --replace")
        with tqdm(total=len(table), unit="vector", disable=None if progress else True) as bar:
            for rows in _batches(table, batch):
                found = set(session.run(write, rows=rows).single(strict=True)["ids"])
                unknown += [row[0] for row in rows if row[0] not in found]
                bar.update(len(rows))
        session.run(
            f"CREATE VECTOR INDEX {index} IF NOT EXISTS FOR (n:{label}) ON (n.{PROPERTY}) OPTIONS {{indexConfig: "
            f"{{`vector.dimensions`: {dimensions}, `vector.similarity_function`: 'cosine', "
            "`vector.quantization.enabled`: false}}"
        ).consume()
        session.run("CALL db.awaitIndexes(3600)").consume()
    return VectorAccount(label, index, dimensions, len(table) - len(unknown), tuple(unknown))


def _batches(table: pa.Table, size: int) -> Iterator[list[tuple[str, list[float]]]]:
    for part in table.to_batches(max_chunksize=size):
        yield list(zip(part["id"].to_pylist(), part["embedding"].to_pylist(), strict=True))


def _dimensions(session: "Session", index: str) -> int | None:
    """Of the vectors in an index; None where there is no such index."""
    found = session.run(
        "SHOW VECTOR INDEXES YIELD name, options WHERE name = $name RETURN options", name=index
    ).single()
    return int(found["options"]["indexConfig"]["vector.dimensions"]) if found else None


def _remove(session: "Session", label: str, index: str) -> None:
    session.run(f"DROP INDEX {index} IF EXISTS").consume()
    nodes = f"MATCH (n:{label}) WHERE n.{PROPERTY} IS NOT NULL"
    session.run(f"{nodes} CALL {{ WITH n REMOVE n.{PROPERTY} }} IN TRANSACTIONS OF 10000 ROWS").consume()
