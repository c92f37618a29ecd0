"""Answers as tables for people: values with a way to what they name."""

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg.serve.view import local_path, term_path
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = {"csv": "text/csv", "json": "application/json"}
"""Forms of an answer to Cypher."""

_CURIE = re.compile(r"DERM:\d{7}")


@dataclass(frozen=True)
class Cell:
    """A value of an answer and, where this server shows what it names, a way there."""

    text: str
    path: str | None = None
    number: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer as a table; `more` when it has further rows."""

    columns: list[str]
    rows: list[list[Cell]]
    more: bool


def read_rows(content: bytes) -> Answer:
    """An answer in the form `kg.serve.answers.ROWS`."""
    told = json.loads(content)
    return Answer(told["variables"], [[_sparql_cell(cell) for cell in row] for row in told["rows"]], told["more"])


def read_table(table: "pa.Table", most: int) -> Answer:
    """An answer to Cypher, at most this many rows of it."""
    shown = table.slice(0, most)
    rows = zip(*(column.to_pylist() for column in shown.columns), strict=True)
    return Answer(table.column_names, [[_cell(value) for value in row] for row in rows], len(table) > len(shown))


def write_table(table: "pa.Table", form: str) -> bytes:
    """A whole answer to Cypher in one of `TABLES`; in CSV lists and maps are JSON."""
    if form == "json":
        return json.dumps(table.to_pylist(), ensure_ascii=False, indent=1, default=str).encode()
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(table.column_names)
    for row in table.to_pylist():
        writer.writerow(_as_json(value) if isinstance(value, list | dict) else value for value in row.values())
    return sink.getvalue().encode()


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _sparql_cell(cell: dict[str, str] | None) -> Cell:
    if cell is None:
        return Cell("")
    if cell.get("kind") == "iri":
        return Cell(_shortened(cell["value"]), local_path(cell["value"]))
    kind = cell.get("datatype", "").rpartition("#")[2]
    if kind in ("integer", "decimal", "double", "float"):
        return Cell(cell["value"], number=True)
    return _cell(cell["value"])


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, str):
        return Cell(value, term_path(value) if _CURIE.fullmatch(value) else None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:,}" if isinstance(value, int) else f"{value:g}", number=True)
    return Cell(_as_json(value))


def _shortened(iri: str) -> str:
    """The IRI with a usual prefix; a term's CURIE where it is one of ours."""
    for prefix, start in PREFIXES.items():
        if prefix != "derm" and iri.startswith(start) and re.fullmatch(r"[\w-]+", iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
