"""The tables that a graph is projected from, together."""

from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import CLOSURE, FACTS, IMAGES, KNOWLEDGE, PAIRS, REJECTS, TERMS

SOURCES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("licence", pa.string()),
        pa.field("citation", pa.string()),
    ]
)

SCHEMAS = {
    "images": IMAGES,
    "pairs": PAIRS,
    "facts": FACTS,
    "terms": TERMS,
    "closure": CLOSURE,
    "knowledge": KNOWLEDGE,
    "rejects": REJECTS,
    "sources": SOURCES,
}
SHARDED = frozenset({"images", "pairs", "facts"})
"""Tables that grow with the data: a folder of Parquet files instead of one file."""

SHARD_ROWS = 500_000
GROUP_ROWS = 16_384
"""Rows that are read together: few, so that a single pair is found quickly."""


@dataclass(frozen=True)
class Tables:
    """Everything that both graphs hold, in the schemas of `kg.pairs`."""

    images: pa.Table
    pairs: pa.Table
    facts: pa.Table
    terms: pa.Table
    closure: pa.Table
    knowledge: pa.Table
    rejects: pa.Table
    sources: pa.Table

    def __post_init__(self) -> None:
        for field in fields(self):
            own: pa.Schema = getattr(self, field.name).schema
            if not own.equals(SCHEMAS[field.name]):
                raise TypeError(f"{field.name}: expected {SCHEMAS[field.name]}, got {own}")


def write_tables(folder: Path, tables: Tables) -> None:
    """Write every table as Parquet (zstd) below `folder`, the large ones in shards."""
    import pyarrow.parquet as pq

    for name in SCHEMAS:
        table: pa.Table = getattr(tables, name)
        if name not in SHARDED:
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
            continue
        (folder / name).mkdir()
        for shard, start in enumerate(range(0, max(1, len(table)), SHARD_ROWS)):
            rows = table.slice(start, SHARD_ROWS)
            pq.write_table(rows, folder / name / f"{shard:05}.parquet", compression="zstd", row_group_size=GROUP_ROWS)


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    """One table of a build, or some of its columns."""
    import pyarrow.parquet as pq

    schema = SCHEMAS[name]
    if columns is not None:
        schema = pa.schema([schema.field(column) for column in columns])
    path = folder / name if name in SHARDED else folder / f"{name}.parquet"
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return pa.concat_tables(pq.read_table(file, columns=columns).cast(schema) for file in files)


def read_tables(folder: Path) -> Tables:
    """All tables of a build."""
    return Tables(**{name: read_table(folder, name) for name in SCHEMAS})


def look_up(
    keys: pa.ChunkedArray, known: pa.Array | pa.ChunkedArray, values: pa.Array | pa.ChunkedArray, what: str
) -> pa.ChunkedArray:
    """For each key the value that stands beside it in `known`. Raises ValueError for a key that is not there."""
    places = pc.index_in(keys, value_set=known)
    if places.null_count:
        raise ValueError(f"unknown {what}: {keys.filter(pc.is_null(places))[0]}")
    return values.take(places)
