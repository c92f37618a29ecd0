"""The tables of a graph on disk: one file each, but for the images and all that is said of them, which are in shards.

A shard is a slice of the images of one source, with their pairs and facts: three Parquet files of one name. Whatever
is made for each image is made shard by shard, so that memory does not grow with the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import CLOSURE, COUNTS, IMAGE_FACTS, IMAGES, KNOWLEDGE, PAIRS, REJECTS, TERMS

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
    "facts": IMAGE_FACTS,
    "terms": TERMS,
    "closure": CLOSURE,
    "knowledge": KNOWLEDGE,
    "rejects": REJECTS,
    "sources": SOURCES,
    "counts": COUNTS,
}
SHARDED = ("images", "pairs", "facts")
"""Tables that grow with the data: a folder of Parquet files instead of one file."""

SHARD_IMAGES = 20_000
GROUP_ROWS = 16_384
"""Rows that are read together: few, so that a single pair is found quickly."""


@dataclass(frozen=True)
class _Tables:
    def __post_init__(self) -> None:
        for field in fields(self):
            own: pa.Schema = getattr(self, field.name).schema
            if not own.equals(SCHEMAS[field.name]):
                raise TypeError(f"{field.name}: expected {SCHEMAS[field.name]}, got {own}")


@dataclass(frozen=True)
class Shard(_Tables):
    """Some images of one source, their pairs, and the facts of the images, which each of their pairs carries."""

    images: pa.Table
    pairs: pa.Table
    facts: pa.Table


@dataclass(frozen=True)
class Vocabulary(_Tables):
    """What the ontology and the sources say of themselves, whatever the images."""

    terms: pa.Table
    closure: pa.Table
    knowledge: pa.Table
    sources: pa.Table


@dataclass(frozen=True)
class Tables(Vocabulary, Shard):
    """Everything that both graphs hold, and what could not be used."""

    rejects: pa.Table


def write_tables(folder: Path, tables: Tables) -> None:
    """Write every table as Parquet below `folder`, the large ones in shards, and what they count."""
    from kg.counts import compute

    for field in fields(tables):
        if field.name not in SHARDED:
            write_table(folder / f"{field.name}.parquet", getattr(tables, field.name))
    for number, shard in enumerate(divide(tables)):
        write_shard(folder, f"{number:05}", shard)
    write_table(folder / "counts.parquet", compute(divide(tables), tables))


def divide(tables: Shard) -> Iterator[Shard]:
    """The tables in shards of `SHARD_IMAGES`, the images in their order."""
    from kg.facets import locate

    of_pair = locate(tables.pairs["image"], tables.images["image"]) // SHARD_IMAGES
    of_fact = locate(tables.facts["image"], tables.images["image"]) // SHARD_IMAGES
    for number, start in enumerate(range(0, max(1, len(tables.images)), SHARD_IMAGES)):
        yield Shard(
            tables.images.slice(start, SHARD_IMAGES),
            tables.pairs.filter(of_pair == number),
            tables.facts.filter(of_fact == number),
        )


def write_shard(folder: Path, name: str, shard: Shard) -> None:
    """Write the tables of a shard below `folder`."""
    for table in SHARDED:
        (folder / table).mkdir(exist_ok=True)
        write_table(folder / table / f"{name}.parquet", getattr(shard, table))


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as Parquet (zstd), whole or not at all."""
    import pyarrow.parquet as pq

    unfinished = path.with_name(f"{path.name}.unfinished")
    pq.write_table(table, unfinished, compression="zstd", row_group_size=GROUP_ROWS)
    unfinished.replace(path)


def read_table(folder: Path, name: str, columns: list[str] | None = None) -> pa.Table:
    """One table of a build, or some of its columns."""
    if name in SHARDED:
        files = [folder / name / f"{shard}.parquet" for shard in shard_names(folder)]
    else:
        files = [folder / f"{name}.parquet"]
    return pa.concat_tables(_read(file, name, columns) for file in files)


def _read(file: Path, name: str, columns: list[str] | None) -> pa.Table:
    import pyarrow.parquet as pq

    schema = SCHEMAS[name]
    if columns is not None:
        schema = pa.schema([schema.field(column) for column in columns])
    return pq.read_table(file, columns=columns, partitioning=None).cast(schema)


def shard_names(folder: Path) -> list[str]:
    """The shards of a build, in the order in which their rows are read."""
    return sorted(path.stem for path in (folder / "images").glob("*.parquet"))


def read_shard(folder: Path, name: str) -> Shard:
    """One shard of a build."""
    return Shard(**{table: _read(folder / table / f"{name}.parquet", table, None) for table in SHARDED})


def read_shard_table(folder: Path, name: str, table: str, columns: list[str] | None = None) -> pa.Table:
    """One table of a shard of a build, or some of its columns."""
    return _read(folder / table / f"{name}.parquet", table, columns)


def read_vocabulary(folder: Path) -> Vocabulary:
    """What a build knows whatever the images."""
    return Vocabulary(**{field.name: read_table(folder, field.name) for field in fields(Vocabulary)})


def read_tables(folder: Path) -> Tables:
    """All tables of a build, in memory."""
    return Tables(**{field.name: read_table(folder, field.name) for field in fields(Tables)})


def look_up(
    keys: pa.ChunkedArray, known: pa.Array | pa.ChunkedArray, values: pa.Array | pa.ChunkedArray, what: str
) -> pa.ChunkedArray:
    """For each key the value that stands beside it in `known`. Raises ValueError for a key that is not there."""
    places = pc.index_in(keys, value_set=known)
    if places.null_count:
        raise ValueError(f"unknown {what}: {keys.filter(pc.is_null(places))[0]}")
    return values.take(places)
