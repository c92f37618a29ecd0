"""Tables read exactly: each record of a delimited file, a workbook or a Parquet file is kept, or rejected."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.sources.workbook import SUFFIXES as WORKBOOKS
from kg.sources.workbook import open_sheet

if TYPE_CHECKING:
    from _csv import Reader

_BATCH = 20_000
_SEPARATORS = {".tsv": "\t", ".tab": "\t"}
LINE = "\x00line"
"""Name of the column that holds each record's first line; no file can have it, for a NUL is rejected."""


class Reject(NamedTuple):
    """A record that cannot be used."""

    line: int  # of its first character; the header is 1
    column: str | None
    reason: str
    detail: str


@dataclass
class Table:
    """The usable records of a file as text columns, beside those that are not."""

    path: Path
    header: tuple[str, ...]
    rows: pa.Table  # string columns, and LINE as int64
    rejects: list[Reject] = field(default_factory=list)


def read_table(
    path: Path, columns: frozenset[str], *, separator: str | None = None, header: int = 1, sheet: str | None = None
) -> Table:
    """The named columns of a CSV, TSV, Parquet or Excel file; a name that the file lacks is left out.

    `header` is the line of the header, from 1; a record of a Parquet file counts as one line. A byte order mark, CR
    line ends and blank lines are accepted. A record with a NUL, a wrong number of cells, broken quotes, a cell of more
    than 131,072 characters or bytes that are not UTF-8 is rejected.

    Raises InputError if the file has no header, a column twice, or is no table at all.
    """
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _read_parquet(path, columns)
    if path.suffix.lower() in WORKBOOKS:
        return _read_workbook(path, columns, header, sheet)
    return _read_delimited(path, columns, separator or _SEPARATORS.get(path.suffix.lower(), ","), header)


def _read_parquet(path: Path, columns: frozenset[str]) -> Table:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        rows = file.read([name for name in file.schema_arrow.names if name in columns])
        rows = pa.table({name: _as_text(rows[name]) for name in rows.column_names})
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from error
    count = file.metadata.num_rows
    return Table(
        path, tuple(file.schema_arrow.names), rows.append_column(LINE, pa.array(range(2, count + 2), pa.int64()))
    )


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
        raise InputError(f"a column of type {column.type} cannot be read as text")
    return pc.fill_null(column.cast(pa.string()), "")


def _read_workbook(path: Path, columns: frozenset[str], header: int, sheet: str | None) -> Table:
    with open_sheet(path, sheet) as rows:
        lines = ((line, row) for line, row in enumerate(rows, 1) if line >= header and any(row))
        names = _filled(next(lines, (header, []))[1])
        rejects: list[Reject] = []
        records = _rows(lines, len(names), rejects)
        return _collect(path, names, records, columns, rejects)


def _filled(cells: list[str]) -> list[str]:
    """The cells without the empty ones behind the last."""
    return cells[: max((place for place, cell in enumerate(cells, 1) if cell), default=0)]


def _rows(lines: Iterator[tuple[int, list[str]]], width: int, rejects: list[Reject]) -> Iterator[tuple[int, list[str]]]:
    for line, cells in lines:
        row = _filled(cells)
        if len(row) > width:
            rejects.append(Reject(line, None, "wrong number of cells", f"{len(row)} cells, the header has {width}"))
        else:
            yield line, [*row, *[""] * (width - len(row))]


def _read_delimited(path: Path, columns: frozenset[str], separator: str, header: int) -> Table:
    try:
        with path.open("rb") as file:
            if file.read(2) in {b"\xff\xfe", b"\xfe\xff"}:
                raise InputError(f"{path}: encoded as UTF-16; save it as UTF-8")
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for _ in range(header - 1):
                file.readline()
            reader = csv.reader(file, delimiter=separator, strict=True)
            names = _header(path, reader)
            rejects: list[Reject] = []
            return _collect(path, names, _records(reader, len(names), header - 1, rejects), columns, rejects)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _header(path: Path, reader: "Reader") -> list[str]:
    try:
        return next((row for row in reader if row), [])
    except csv.Error as error:
        raise InputError(f"{path}: the header cannot be read: {error}") from error


def _collect(
    path: Path,
    header: list[str],
    records: Iterator[tuple[int, list[str]]],
    columns: frozenset[str],
    rejects: list[Reject],
) -> Table:
    if not header:
        raise InputError(f"{path}: empty, a header line was expected")
    repeated = sorted({name for name in header if name in columns and header.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: column {repeated[0]!r} stands {header.count(repeated[0])} times in the header")
    places = [place for place, name in enumerate(header) if name in columns]
    names = [header[place] for place in places]
    schema = pa.schema([(name, pa.string()) for name in names] + [(LINE, pa.int64())])
    batches = []
    while batch := list(islice(records, _BATCH)):
        arrays = _arrays([row for _, row in batch], len(header))
        if arrays is None:
            batch = [record for record in batch if _is_text(*record, header, rejects)]
            arrays = _arrays([row for _, row in batch], len(header)) or []
        lines = pa.array([line for line, _ in batch], pa.int64())
        batches.append(pa.record_batch([*(arrays[place] for place in places), lines], schema=schema))
    return Table(path, tuple(header), pa.Table.from_batches(batches, schema), rejects)


def _arrays(rows: list[list[str]], width: int) -> list[pa.Array] | None:
    """The columns of some records, or None where one holds a NUL or bytes that are not UTF-8."""
    cells = zip(*rows, strict=True) if rows else [()] * width
    try:
        arrays = [pa.array(cell, pa.string()) for cell in cells]
    except (UnicodeEncodeError, pa.ArrowException):
        return None
    return None if any(pc.any(pc.match_substring(array, "\0")).as_py() for array in arrays) else arrays


def _records(reader: "Reader", width: int, skipped: int, rejects: list[Reject]) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = skipped + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rejects.append(Reject(line, None, *_broken(str(error), skipped + reader.line_num)))
            continue
        if len(row) == width:
            yield line, row
        elif row:
            rejects.append(Reject(line, None, "wrong number of cells", f"{len(row)} cells, the header has {width}"))


def _broken(message: str, last_line: int) -> tuple[str, str]:
    if "field limit" in message:
        return "cell too long", f"more than {csv.field_size_limit():,} characters"
    if "unexpected end of data" in message:
        return "quote never closed", f"the record runs to the end of the file, line {last_line}"
    return "broken quotes", message


def _is_text(line: int, row: list[str], header: list[str], rejects: list[Reject]) -> bool:
    """Whether each cell is sound text; the first that is not is noted."""
    for name, cell in zip(header, row, strict=True):
        if "\0" in cell:
            rejects.append(Reject(line, name, "NUL character", f"at character {cell.index(chr(0)) + 1}"))
            return False
        try:
            cell.encode()
        except UnicodeEncodeError as error:
            detail = f"byte 0x{ord(cell[error.start]) & 0xFF:02X} at character {error.start + 1}"
            rejects.append(Reject(line, name, "not UTF-8", detail))
            return False
    return True
