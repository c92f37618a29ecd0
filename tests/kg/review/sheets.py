"""Sheets of the tiny ontology: sent out, filled in, applied."""

import datetime
from collections.abc import Callable
from pathlib import Path

import openpyxl

from kg.ontology import Ontology
from kg.owlxml import write
from kg.review import Outcome, apply_sheets, read_sheet

TINY = Path(__file__).parents[1] / "data" / "tiny.ttl"
ADA, BEN, CY = "0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"
DAY = datetime.date(2026, 3, 1)
PSORIASIS, NAIL_PSORIASIS, BLUE_NEVUS = "DERM:0001004", "DERM:0001005", "DERM:0002004"
Fill = Callable[..., Path]


def columns_of(page: "openpyxl.worksheet.worksheet.Worksheet") -> dict[str, int]:
    """The column of each heading."""
    return {cell.value: cell.column for cell in page[1]}


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a sheet by identifier."""
    page = openpyxl.load_workbook(path)["terms"]
    places = columns_of(page)
    each = ({name: page.cell(row, place).value for name, place in places.items()} for row in range(2, page.max_row + 1))
    return {row["identifier"]: row for row in each}


def apply(ontology: Ontology, *sheets: Path) -> Outcome:
    """What comes of reading and applying the sheets."""
    return apply_sheets(ontology, [read_sheet(sheet, DAY) for sheet in sheets])


def reloaded(outcome: Outcome, folder: Path) -> Ontology:
    """The ontology after a review, written and read again."""
    out = folder / "reviewed.owl"
    write(outcome.quads, out)
    return Ontology.load(out)
