"""Filled-in sheets are read whole, or refused with the place of what is wrong."""

import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import InputError
from kg.review import Decision, parse_orcid, read_sheet
from tests.kg.review.sheets import (
    ADA,
    BLUE_NEVUS,
    CY,
    DAY,
    PSORIASIS,
    Fill,
    columns_of,
    rows_of,
)


def test_decisions_are_read_with_their_comments(fill: Fill, blank: Path) -> None:
    sheet = read_sheet(fill("Ada", ADA, {PSORIASIS: "Accept ", BLUE_NEVUS: ("change", "not a mole")}))

    assert {(o.term, o.decision, o.comment) for o in sheet.opinions} == {
        (PSORIASIS, Decision.ACCEPT, None),
        (BLUE_NEVUS, Decision.CHANGE, "not a mole"),
    }
    assert {o.reviewer.orcid for o in sheet.opinions} == {f"https://orcid.org/{ADA}"}
    assert {o.day for o in sheet.opinions} == {DAY}
    assert len(sheet.opinions) + sheet.open == len(rows_of(blank))


def test_rows_may_be_sorted_and_columns_moved(fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    rows = [list(row)[::-1] for row in workbook["terms"].iter_rows(values_only=True)]
    place = workbook.sheetnames.index("terms")
    del workbook["terms"]
    page = workbook.create_sheet("terms", place)
    for row in [rows[0], *rows[:0:-1]]:
        page.append(row)
    workbook.save(path)

    assert [opinion.term for opinion in read_sheet(path).opinions] == [PSORIASIS]


def test_a_date_typed_as_a_date_is_read(fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    workbook["reviewer"]["B3"] = datetime.datetime(2026, 2, 1)
    workbook.save(path)

    assert read_sheet(path, DAY).opinions[0].day == datetime.date(2026, 2, 1)


def test_without_a_date_it_is_today(fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    workbook["reviewer"]["B3"] = None
    workbook.save(path)

    assert read_sheet(path, DAY).opinions[0].day == DAY


@pytest.mark.parametrize(
    ("name", "orcid", "decision", "said"),
    [
        ("", ADA, "accept", "page reviewer: the name is empty"),
        ("Ada", "", "accept", "page reviewer: '' is no ORCID"),
        ("Ada", "0000-0002-1825-0098", "accept", "its check digit is 8 and should be 7"),
        ("Ada", ADA, "maybe", "has the decision 'maybe'; choose accept, change, reject"),
        ("Ada", ADA, ("", "hm"), "has a comment and no decision"),
        ("Ada", ADA, "change", "has the decision change and no comment that says why"),
        ("Ada", ADA, ("reject", " "), "has the decision reject and no comment that says why"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    name: str, orcid: str, decision: str | tuple[str, str], said: str, fill: Fill
) -> None:
    with pytest.raises(InputError) as error:
        read_sheet(fill(name, orcid, {PSORIASIS: decision}))

    assert said in str(error.value)


def test_all_that_is_wrong_is_said_at_once(fill: Fill) -> None:
    with pytest.raises(InputError) as error:
        read_sheet(fill("", "1234", {PSORIASIS: "maybe", BLUE_NEVUS: "change"}))

    assert len(str(error.value).splitlines()) == 5


@pytest.mark.parametrize("content", [b"", b"term,decision\n", b"PK\x05\x06" + bytes(18)])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "sheet.xlsx").write_bytes(content)

    with pytest.raises(InputError, match=r"sheet\.xlsx: is no workbook"):
        read_sheet(tmp_path / "sheet.xlsx")


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")

    with pytest.raises(InputError, match="has no page reviewer and terms"):
        read_sheet(tmp_path / "other.xlsx")


def test_a_missing_column_is_named(fill: Fill) -> None:
    path = fill("Ada", ADA, {})
    workbook = openpyxl.load_workbook(path)
    page = workbook["terms"]
    page.delete_cols(columns_of(page)["shown"])
    workbook.save(path)

    with pytest.raises(InputError, match="no column shown"):
        read_sheet(path)


def test_a_term_twice_is_refused(fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    page = workbook["terms"]
    page.append([cell.value for cell in page[2]])
    workbook.save(path)

    with pytest.raises(InputError, match="stands in row 2 already"):
        read_sheet(path)


@pytest.mark.parametrize("text", [ADA, f"https://orcid.org/{ADA}", "http://orcid.org/0000000218250097", f" {ADA}\n"])
def test_an_orcid_is_read_however_it_is_written(text: str) -> None:
    assert parse_orcid(text) == f"https://orcid.org/{ADA}"


def test_the_check_digit_of_an_orcid_may_be_x() -> None:
    assert parse_orcid(CY.lower()) == f"https://orcid.org/{CY}"


@given(st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_of_an_orcid_is_seen(place: int, shift: int) -> None:
    digits = ADA.replace("-", "")
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]

    with pytest.raises(InputError, match="no ORCID"):
        parse_orcid(wrong)
