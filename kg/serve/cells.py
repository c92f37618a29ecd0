"""Answers as tables for people: values with a way to what they name."""

import json
import re
from dataclasses import dataclass
from typing import Any

from kg.serve.view import local_path, term_path
from kg.sparql import PREFIXES

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


def _sparql_cell(cell: dict[str, str] | None) -> Cell:
    if cell is None:
        return Cell("")
    if cell.get("kind") == "iri":
        return Cell(_shortened(cell["value"]), local_path(cell["value"]))
    kind = cell.get("datatype", "").rpartition("#")[2]
    if kind in ("integer", "decimal", "double", "float"):
        return Cell(cell["value"], number=True)
    return cell_of(cell["value"])


def cell_of(value: Any) -> Cell:
    """A value of an answer to Cypher, or the text of a literal."""
    if value is None:
        return Cell("")
    if isinstance(value, str):
        return Cell(value, term_path(value) if _CURIE.fullmatch(value) else None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:,}" if isinstance(value, int) else f"{value:g}", number=True)
    return Cell(json.dumps(value, ensure_ascii=False, default=str))


def _shortened(iri: str) -> str:
    """The IRI with a usual prefix; a term's CURIE where it is one of ours."""
    for prefix, start in PREFIXES.items():
        if prefix != "derm" and iri.startswith(start) and re.fullmatch(r"[\w-]+", iri[len(start) :]):
            return f"{prefix}:{iri[len(start) :]}"
    return iri
