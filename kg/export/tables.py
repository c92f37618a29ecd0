"""Exports as one table: delimited text, JSON Lines, Parquet. Each is written part by part."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from kg.export.records import join_lists, render_images, render_pairs, text_buffer
from kg.export.tabulation import Part
from kg.facets import Codes
from kg.formulas import disarm

_LINES = 4_096  # made at once: their text stays in the cache of the processor
_DISTINCT = ("pair", "text", "text_full")  # looking for repeated values there would be in vain

TITLES = {"text": "title", "text_full": "title_full"}
"""Columns of delimited text by the names that open_clip expects."""


class PairWriter(Protocol):
    """Writes parts one after the other."""

    def write(self, part: Part) -> pa.Array | None:
        """Write the pairs; return for each why it was left out (null where it was not), or None where all are there."""
        ...


class CsvWriter:
    """Delimited text with lists joined by `|`. `escaped` counts the cells that got an apostrophe."""

    def __init__(self, sink: "pa.csv.CSVWriter", schema: pa.Schema, *, escape_formulas: bool) -> None:
        self._sink = sink
        self._schema = schema
        self._escape = escape_formulas
        self.escaped = 0

    def write(self, part: Part) -> None:
        images, pairs = join_lists(part.images), part.pairs
        if self._escape:
            images, cells = _escape(images)
            pairs, more = _escape(pairs)
            self.escaped += int(cells[part.place].sum() + more.sum())
        names = part.schema.names
        columns = [pairs[name] if name in pairs.column_names else part.of_pairs(images[name]) for name in names]
        self._sink.write_table(pa.table(columns, schema=self._schema))


@contextmanager
def open_csv(
    out: Path, schema: pa.Schema, *, separator: str = "\t", escape_formulas: bool = False
) -> Iterator[CsvWriter]:
    """A writer of delimited text at `out` for parts of this schema."""
    from pyarrow import csv

    cells = pa.schema(
        [
            pa.field(TITLES.get(field.name, field.name), pa.string() if pa.types.is_list(field.type) else field.type)
            for field in schema
        ]
    )
    with csv.CSVWriter(out, cells, write_options=csv.WriteOptions(delimiter=separator)) as sink:
        yield CsvWriter(sink, cells, escape_formulas=escape_formulas)


class _JsonLines:
    def __init__(self, sink: pa.NativeFile) -> None:
        self._sink = sink

    def write(self, part: Part) -> None:
        images = render_images(part)
        for start in range(0, len(part), _LINES):
            lines = render_pairs(part.slice(start, _LINES), images, end="\n")
            for chunk in getattr(lines, "chunks", [lines]):
                self._sink.write(text_buffer(chunk))


@contextmanager
def open_json_lines(out: Path) -> Iterator[PairWriter]:
    """A writer of one JSON object a line, with the facts of the image as CURIEs by relation."""
    with pa.OSFile(str(out), "wb") as sink:
        yield _JsonLines(sink)


class _Parquet:
    def __init__(self, sink: "pa.parquet.ParquetWriter") -> None:
        self._sink = sink

    def write(self, part: Part) -> None:
        self._sink.write_table(part.table())


@contextmanager
def open_parquet(out: Path, schema: pa.Schema, origin: dict[str, str]) -> Iterator[PairWriter]:
    """A writer of Parquet (zstd) with `origin` in the schema's metadata."""
    import pyarrow.parquet as pq

    repeated = [name for name in schema.names if name not in _DISTINCT]
    told = schema.with_metadata(origin)
    with pq.ParquetWriter(out, told, compression="zstd", use_dictionary=repeated) as sink:
        yield _Parquet(sink)


def _escape(table: pa.Table) -> tuple[pa.Table, Codes]:
    """An apostrophe before each cell that a spreadsheet would run, and how many those are in each row."""
    cells = np.zeros(table.num_rows, np.int64)
    columns = []
    for column in table.columns:
        escaped = column
        if pa.types.is_string(column.type):
            escaped, runs = disarm(column)
            cells += np.asarray(runs)
        columns.append(escaped)
    return pa.table(columns, names=table.column_names), cells
