"""Tables read exactly: each record of a delimited file, a workbook or a Parquet file is kept, or rejected."""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.sources.workbook import SUFFIXES as WORKBOOKS
from kg.sources.workbook import open_sheet
from kg.wording import counted

if TYPE_CHECKING:
    from _csv import Reader

_BATCH = 20_000
_SEPARATORS = {".tsv": "\t", ".tab": "\t"}
_ADVICE = 'close it where its cell ends, and write a quote within a cell twice ("")'
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
    path: Path,
    columns: frozenset[str] | None,
    *,
    separator: str | None = None,
    header: int = 1,
    sheet: str | None = None,
    most: int | None = None,
) -> Table:
    """The named columns of a CSV, TSV, Parquet or Excel file; a name that the file lacks is left out.

    Without `columns`, all that can be read as text and have a name of their own. With `most`, so many records at most.
    `header` is the line of the header, from 1; a record of a Parquet file counts as one line. A byte order mark, CR
    line ends and blank lines are accepted. A record with a NUL, a wrong number of cells, broken quotes, a cell of more
    than 131,072 characters or bytes that are not UTF-8 is rejected.

    Raises InputError if the file has no header, a column twice, or is no table at all.
    """
    parts = list(read_parts(path, columns, separator=separator, header=header, sheet=sheet, most=most))
    rejects = [reject for part in parts for reject in part.rejects]
    return Table(path, parts[0].header, pa.concat_tables(part.rows for part in parts), rejects)


def read_parts(
    path: Path,
    columns: frozenset[str] | None,
    *,
    separator: str | None = None,
    header: int = 1,
    sheet: str | None = None,
    most: int | None = None,
) -> Iterator[Table]:
    """What `read_table` reads, some thousands of records at a time, and at least one part."""
    wanted = _Wanted(columns, most)
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _read_parquet(path, wanted)
    if path.suffix.lower() in WORKBOOKS:
        return _read_workbook(path, wanted, header, sheet)
    separator = separator or _SEPARATORS.get(path.suffix.lower(), ",")
    return _read_delimited(path, wanted, separator, header)


class _Wanted(NamedTuple):
    """Which columns of a file are read, None for all, and how many records at most, None for all."""

    columns: frozenset[str] | None
    most: int | None

    def places(self, header: list[str], path: Path) -> list[int]:
        """Where the columns are. Raises InputError where one that is named stands twice."""
        if self.columns is None:
            return [place for place, name in enumerate(header) if name and header.count(name) == 1]
        if repeated := sorted({name for name in header if name in self.columns and header.count(name) > 1}):
            raise InputError(f"{path}: column {repeated[0]!r} stands {header.count(repeated[0])} times in the header")
        return [place for place, name in enumerate(header) if name in self.columns]


def _read_parquet(path: Path, wanted: _Wanted) -> Iterator[Table]:
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        header = tuple(file.schema_arrow.names)
        names = [field.name for field in file.schema_arrow if _is_wanted(field, wanted.columns)]
        left = file.metadata.num_rows if wanted.most is None else min(wanted.most, file.metadata.num_rows)
        empty = pa.schema([file.schema_arrow.field(name) for name in names]).empty_table()
        done = 0
        for batch in chain([None], file.iter_batches(_BATCH, columns=names) if names else ()):
            rows = empty if batch is None else pa.Table.from_batches([batch.slice(0, left - done)])
            rows = pa.table({name: _as_text(rows[name]) for name in names})
            lines = pa.array(range(done + 2, done + 2 + rows.num_rows), pa.int64())
            yield Table(path, header, rows.append_column(LINE, lines))
            done += rows.num_rows
            if done >= left:
                return
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from error


def _is_wanted(field: pa.Field, columns: frozenset[str] | None) -> bool:
    return field.name in columns if columns is not None else _is_text_like(field.type)


def _is_text_like(kind: pa.DataType) -> bool:
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind))


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not _is_text_like(column.type):
        raise InputError(f"a column of type {column.type} cannot be read as text")
    return pc.fill_null(column.cast(pa.string()), "")


def _read_workbook(path: Path, wanted: _Wanted, header: int, sheet: str | None) -> Iterator[Table]:
    with open_sheet(path, sheet) as rows:
        lines = ((line, row) for line, row in enumerate(rows, 1) if line >= header and any(row))
        names = _filled(next(lines, (header, []))[1])
        rejects: list[Reject] = []
        records = _rows(lines, len(names), rejects)
        yield from _collect(path, names, records, wanted, rejects)


def _filled(cells: list[str]) -> list[str]:
    """The cells without the empty ones behind the last."""
    return cells[: max((place for place, cell in enumerate(cells, 1) if cell), default=0)]


def _rows(lines: Iterator[tuple[int, list[str]]], width: int, rejects: list[Reject]) -> Iterator[tuple[int, list[str]]]:
    for line, cells in lines:
        row = _filled(cells)
        if len(row) > width:
            rejects.append(
                Reject(line, None, "wrong number of cells", f"{counted(len(row), 'cell')}, the header has {width}")
            )
        else:
            yield line, [*row, *[""] * (width - len(row))]


def _read_delimited(path: Path, wanted: _Wanted, separator: str, header: int) -> Iterator[Table]:
    try:
        with path.open("rb") as file:
            if file.read(2) in {b"\xff\xfe", b"\xfe\xff"}:
                raise InputError(f"{path}: encoded as UTF-16; save it as UTF-8")
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            for _ in range(header - 1):
                file.readline()
            taken: list[str] = []
            reader = csv.reader(_note(file, taken), delimiter=separator, strict=True)
            names = _header(path, reader)
            rejects: list[Reject] = []
            records = _records(reader, taken, _Form(names, separator), header - 1, rejects)
            yield from _collect(path, names, records, wanted, rejects)
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
    wanted: _Wanted,
    rejects: list[Reject],
) -> Iterator[Table]:
    """The records in parts, each with what was added to `rejects` meanwhile."""
    if not header:
        raise InputError(f"{path}: empty, a header line was expected")
    places = wanted.places(header, path)
    records = islice(records, wanted.most)
    names = [header[place] for place in places]
    schema = pa.schema([(name, pa.string()) for name in names] + [(LINE, pa.int64())])
    last = False
    while not last:
        batch = list(islice(records, _BATCH))
        last = len(batch) < _BATCH
        arrays = _arrays([row for _, row in batch], len(header))
        if arrays is None:
            batch = [record for record in batch if _is_text(*record, header, rejects)]
            arrays = _arrays([row for _, row in batch], len(header)) or []
        lines = pa.array([line for line, _ in batch], pa.int64())
        rows = pa.table([*(arrays[place] for place in places), lines], schema=schema)
        yield Table(path, tuple(header), rows, rejects.copy())
        rejects.clear()


def _arrays(rows: list[list[str]], width: int) -> list[pa.Array] | None:
    """The columns of some records, or None where one holds a NUL or bytes that are not UTF-8."""
    cells = zip(*rows, strict=True) if rows else [()] * width
    try:
        arrays = [pa.array(cell, pa.string()) for cell in cells]
    except (UnicodeEncodeError, pa.ArrowException):
        return None
    return None if any(pc.any(pc.match_substring(array, "\0")).as_py() for array in arrays) else arrays


def _note(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each noted as it is taken."""
    for line in lines:
        taken.append(line)
        yield line


class _Form(NamedTuple):
    """What a record of a file should look like."""

    header: list[str]
    separator: str


def _records(
    reader: "Reader", taken: list[str], form: _Form, skipped: int, rejects: list[Reject]
) -> Iterator[tuple[int, list[str]]]:
    """The records with their first lines; `taken` are the lines that the reader took, of which each record is freed."""
    width = len(form.header)
    while True:
        line = skipped + reader.line_num + 1
        taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rejects.append(_broken(str(error), line, taken, form))
            continue
        if len(row) == width:
            yield line, row
        elif row:
            last = skipped + reader.line_num
            over = f"; it runs from line {line} to {last}: is a quote in it not closed?" if last > line else ""
            rejects.append(
                Reject(
                    line, None, "wrong number of cells", f"{counted(len(row), 'cell')}, the header has {width}{over}"
                )
            )


def _broken(message: str, line: int, taken: list[str], form: _Form) -> Reject:
    """A record that the parser gave up: where and why, and what to do about it."""
    text = "".join(taken)
    number, start = _broken_cell(text, form.separator)
    column = form.header[number] if number < len(form.header) else None
    limit = f"more than {csv.field_size_limit():,} characters"
    if not text.startswith('"', start):
        reason, told = ("cell too long", limit) if "field limit" in message else ("broken quotes", message)
        return Reject(line, column, reason, told)
    before = list(accumulate(map(len, taken), initial=0))
    further = bisect_right(before, start) - 1
    opened = f"the quote that opens in line {line + further}, character {start - before[further] + 1},"
    if "unexpected end of data" in message:
        reason, told = "quote never closed", f"{opened} is never closed"
    elif "field limit" in message:
        reason, told = "cell too long", f"{limit} after {opened[:-1]}"
    else:
        reason, told = "broken quotes", f"{opened} closes in the middle of a cell"
    over = f": lines {line} to {line + len(taken) - 1} ({len(taken):,}) are one record" if len(taken) > 1 else ""
    return Reject(line, column, reason, f"{told}{over}; {_ADVICE}")


def _broken_cell(text: str, separator: str) -> tuple[int, int]:
    """Number and first character of the cell at which a record that cannot be parsed breaks, both from 0."""
    limit = csv.field_size_limit()
    cell = re.compile(rf'"[^"]*(?:""[^"]*)*"(?=[{re.escape(separator)}\r\n]|\Z)|(?!")[^{re.escape(separator)}\r\n]*')
    number = start = 0
    while (found := cell.match(text, start)) and found.end() - start <= limit and text[found.end() :][:1] == separator:
        number, start = number + 1, found.end() + 1
    return number, start


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
