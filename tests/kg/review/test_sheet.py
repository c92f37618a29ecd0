"""A sheet for dermatologists shows what the ontology says of each term."""

from pathlib import Path

import openpyxl

from kg.ontology import Ontology
from kg.owlxml import write
from kg.rdfio import read
from kg.review import write_sheet
from tests.kg.faults import updated
from tests.kg.review.sheets import NAIL_PSORIASIS, PSORIASIS, TINY, columns_of, rows_of

DATA = Path(__file__).parents[1] / "data"


def test_a_sheet_has_a_row_for_every_term(tiny: Ontology, blank: Path) -> None:
    assert set(rows_of(blank)) == {term.curie for term in tiny.terms() if term.kind != "other"}


def test_a_row_shows_what_the_ontology_says(blank: Path) -> None:
    row = rows_of(blank)[PSORIASIS]

    assert row["label"] == "psoriasis"
    assert row["path"] == "inflammatory disorders › papulosquamous disorders › psoriasis group"
    assert row["definition"] == "A chronic disease of the skin with scaly plaques."
    assert "PsO (exact, abbreviation)" in row["synonyms"].split("\n")
    assert row["findings"].split("\n") == ["scale (obligate)", "plaque (very frequent)", "silvery scale"]
    assert row["sites"] == "foot (occasional)"
    assert row["malignancy"] == "not neoplastic"
    assert row["decision"] is None
    assert row["comment"] is None


def test_defining_findings_and_sites_are_shown_as_always(blank: Path) -> None:
    row = rows_of(blank)[NAIL_PSORIASIS]

    assert (row["findings"], row["sites"]) == ("pitting of nail (always)", "toenail (always)")


def test_differential_diagnoses_come_with_what_tells_them_apart(tmp_path: Path) -> None:
    told = updated(
        read(TINY).quads,
        """INSERT DATA {
            DERM:0001004 DERM:0010015 DERM:0002004 .
            [] a owl:Axiom ; owl:annotatedSource DERM:0001004 ; owl:annotatedProperty DERM:0010015 ;
                owl:annotatedTarget DERM:0002004 ; DERM:0010016 "Blue and flat."@en }""",
    )
    write(told, tmp_path / "told.owl")

    write_sheet(Ontology.load(tmp_path / "told.owl"), tmp_path / "sheet.xlsx")

    assert rows_of(tmp_path / "sheet.xlsx")[PSORIASIS]["differentials"] == "blue nevus: Blue and flat."


def test_the_decision_is_chosen_from_a_list(blank: Path) -> None:
    page = openpyxl.load_workbook(blank)["terms"]

    (choice,) = page.data_validations.dataValidation
    decisions = page.cell(2, columns_of(page)["decision"]).coordinate
    assert choice.formula1 == '"accept,change,reject"'
    assert decisions in choice.sqref


def test_a_sheet_of_one_term_has_all_below_it(tiny: Ontology, tmp_path: Path) -> None:
    rows = write_sheet(tiny, tmp_path / "sheet.xlsx", "psoriasis")

    assert rows == 2
    assert set(rows_of(tmp_path / "sheet.xlsx")) == {PSORIASIS, NAIL_PSORIASIS}


def test_a_definition_is_never_a_formula(tmp_path: Path) -> None:
    text = TINY.read_text(encoding="utf-8").replace("A chronic disease of the skin", "=1+1 A chronic disease")
    (tmp_path / "formula.ttl").write_text(text, encoding="utf-8")

    write_sheet(Ontology.load(tmp_path / "formula.ttl"), tmp_path / "sheet.xlsx")

    page = openpyxl.load_workbook(tmp_path / "sheet.xlsx")["terms"]
    assert {cell.data_type for row in page.iter_rows() for cell in row if str(cell.value).startswith("=")} == {"s"}
