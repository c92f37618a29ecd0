"""Writing a review sheet: an Excel workbook with a row for each term."""

from pathlib import Path
from typing import TYPE_CHECKING

from kg.review import layout
from kg.review.opinion import Decision

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from kg.ontology import Ontology, Term

_WIDTHS = {
    "identifier": 14,
    "label": 28,
    "path": 32,
    "definition": 50,
    "synonyms": 32,
    "findings": 32,
    "sites": 24,
    "symptoms": 20,
    "malignancy": 14,
    "differentials": 50,
    layout.DECISION: 12,
    layout.COMMENT: 50,
}
_GUIDE = (
    "Thank you for reading these terms.",
    f"1. Fill in your name and ORCID on the page “{layout.REVIEWER_PAGE}”.",
    f"2. On the page “{layout.TERMS_PAGE}”, choose for each term that you have read: "
    "accept (all of the row is right), change (say in the comment what is wrong), "
    "or reject (the term should not exist; say why). Leave the others empty.",
    "3. Rows may be sorted and filtered. Do not change the other columns: write what they should say as a comment.",
    "4. Save the file as Excel (.xlsx) and send it back.",
)


def write_sheet(ontology: "Ontology", out: Path, term: "str | Term | None" = None) -> int:
    """Write a sheet of all terms, or of a term and all below it, and return the number of its rows.

    A row has what the ontology says of the term and empty cells for decision (a list to choose from) and comment; a
    page for the reviewer's name and ORCID carries the version that the sheet is made from.
    """
    from openpyxl import Workbook

    rows = layout.rows(ontology, term)
    workbook = Workbook()
    terms = workbook.active
    terms.title = layout.TERMS_PAGE
    _fill_terms(terms, rows)
    _fill_reviewer(workbook.create_sheet(layout.REVIEWER_PAGE), ontology)
    guide = workbook.create_sheet(layout.GUIDE_PAGE)
    guide.column_dimensions["A"].width = 120
    for place, line in enumerate(_GUIDE, start=1):
        _put(guide, place, 1, line)
    workbook.save(out)
    return len(rows)


def _fill_terms(page: "Worksheet", rows: list[layout.Row]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    header = (*layout.COLUMNS, layout.DECISION, layout.COMMENT, layout.FINGERPRINT)
    to_fill = PatternFill("solid", fgColor="FFF7D6")
    for place, name in enumerate(header, start=1):
        _put(page, 1, place, name)
        page.cell(1, place).font = Font(bold=True)
        page.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name, 20)
    page.column_dimensions[get_column_letter(len(header))].hidden = True
    for line, row in enumerate(rows, start=2):
        texts = (*(getattr(row, name) for name in layout.COLUMNS), "", "", row.fingerprint)
        for place, text in enumerate(texts, start=1):
            _put(page, line, place, text)
            if header[place - 1] in (layout.DECISION, layout.COMMENT):
                page.cell(line, place).fill = to_fill
    column = get_column_letter(header.index(layout.DECISION) + 1)
    choice = DataValidation(
        type="list",
        formula1=f'"{",".join(Decision)}"',
        allow_blank=True,
        showErrorMessage=True,
        error=f"Choose {', '.join(Decision)}, or leave the cell empty.",
    )
    choice.add(f"{column}2:{column}{len(rows) + 1}")
    page.add_data_validation(choice)
    page.freeze_panes = "C2"
    page.auto_filter.ref = page.dimensions


def _fill_reviewer(page: "Worksheet", ontology: "Ontology") -> None:
    from openpyxl.styles import Font, PatternFill

    entries = {
        layout.NAME: "",
        layout.ORCID: "",
        layout.DATE: "",
        layout.ONTOLOGY: ontology.iri,
        layout.VERSION: ontology.version,
    }
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 14, 60
    for place, (name, text) in enumerate(entries.items(), start=1):
        _put(page, place, 1, name)
        _put(page, place, 2, text)
        page.cell(place, 1).font = Font(bold=True)
        if name in (layout.NAME, layout.ORCID, layout.DATE):
            page.cell(place, 2).number_format = "@"
            page.cell(place, 2).fill = PatternFill("solid", fgColor="FFF7D6")


def _put(page: "Worksheet", row: int, column: int, text: str) -> None:
    from openpyxl.styles import Alignment

    cell = page.cell(row, column, text or None)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if text:
        cell.data_type = "s"  # a text that begins with = is no formula
