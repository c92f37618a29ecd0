"""The tiny ontology, its sheet, and a way to fill it in."""

from pathlib import Path

import openpyxl
import pytest

from kg.ontology import Ontology
from kg.review import write_sheet
from tests.kg.review.sheets import TINY, Fill, columns_of


@pytest.fixture(scope="module")
def tiny() -> Ontology:
    return Ontology.load(TINY)


@pytest.fixture(scope="module")
def blank(tiny: Ontology, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet of all terms, as it is sent out."""
    out = tmp_path_factory.mktemp("review") / "sheet.xlsx"
    write_sheet(tiny, out)
    return out


@pytest.fixture
def fill(blank: Path, tmp_path: Path) -> Fill:
    """Fill a copy of the sheet in: decisions by term, each alone or with a comment."""

    def filled(name: str, orcid: str, decisions: dict[str, str | tuple[str, str]], sheet: Path = blank) -> Path:
        path = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}.xlsx"
        workbook = openpyxl.load_workbook(sheet)
        reviewer, terms = workbook["reviewer"], workbook["terms"]
        reviewer["B1"], reviewer["B2"], reviewer["B3"] = name, orcid, "2026-03-01"
        columns = columns_of(terms)
        for row in range(2, terms.max_row + 1):
            if said := decisions.get(terms.cell(row, columns["identifier"]).value):
                decision, comment = said if isinstance(said, tuple) else (said, None)
                terms.cell(row, columns["decision"]).value = decision
                terms.cell(row, columns["comment"]).value = comment
        workbook.save(path)
        return path

    return filled
