"""Dermatologists' sheets go out and come back: nothing is lost, nothing is applied when two disagree."""

import csv
import datetime
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import InputError
from kg.ontology import Ontology
from kg.owlxml import write
from kg.quality import Severity, check
from kg.rdfio import PREFIXES, Document, read
from kg.review import Decision, Outcome, apply_sheets, fleiss_kappa, parse_orcid, read_sheet, write_sheet
from tests.kg.faults import updated

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
TINY = DATA / "tiny.ttl"
ADA, BEN, CY = "0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"
DAY = datetime.date(2026, 3, 1)
PSORIASIS, NAIL_PSORIASIS, BLUE_NEVUS = "DERM:0001004", "DERM:0001005", "DERM:0002004"
Fill = Callable[..., Path]


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
        columns = _columns(terms)
        for row in range(2, terms.max_row + 1):
            if said := decisions.get(terms.cell(row, columns["identifier"]).value):
                decision, comment = said if isinstance(said, tuple) else (said, None)
                terms.cell(row, columns["decision"]).value = decision
                terms.cell(row, columns["comment"]).value = comment
        workbook.save(path)
        return path

    return filled


def _columns(page: "openpyxl.worksheet.worksheet.Worksheet") -> dict[str, int]:
    return {cell.value: cell.column for cell in page[1]}


def _rows(path: Path) -> dict[str, dict[str, str]]:
    page = openpyxl.load_workbook(path)["terms"]
    columns = _columns(page)
    rows = (
        {name: page.cell(row, place).value for name, place in columns.items()} for row in range(2, page.max_row + 1)
    )
    return {row["identifier"]: row for row in rows}


def _apply(ontology: Ontology, *sheets: Path) -> Outcome:
    return apply_sheets(ontology, [read_sheet(sheet, DAY) for sheet in sheets])


def _reloaded(outcome: Outcome, folder: Path) -> Ontology:
    out = folder / "reviewed.owl"
    write(outcome.quads, out)
    return Ontology.load(out)


# The sheet


def test_a_sheet_has_a_row_for_every_term(tiny: Ontology, blank: Path) -> None:
    assert set(_rows(blank)) == {term.curie for term in tiny.terms() if term.kind != "other"}


def test_a_row_shows_what_the_ontology_says(blank: Path) -> None:
    row = _rows(blank)[PSORIASIS]

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
    row = _rows(blank)[NAIL_PSORIASIS]

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

    assert _rows(tmp_path / "sheet.xlsx")[PSORIASIS]["differentials"] == "blue nevus: Blue and flat."


def test_the_decision_is_chosen_from_a_list(blank: Path) -> None:
    page = openpyxl.load_workbook(blank)["terms"]

    (choice,) = page.data_validations.dataValidation
    decisions = page.cell(2, _columns(page)["decision"]).coordinate
    assert choice.formula1 == '"accept,change,reject"'
    assert decisions in choice.sqref


def test_a_sheet_of_one_term_has_all_below_it(tiny: Ontology, tmp_path: Path) -> None:
    rows = write_sheet(tiny, tmp_path / "sheet.xlsx", "psoriasis")

    assert rows == 2
    assert set(_rows(tmp_path / "sheet.xlsx")) == {PSORIASIS, NAIL_PSORIASIS}


def test_a_definition_is_never_a_formula(tmp_path: Path) -> None:
    text = TINY.read_text(encoding="utf-8").replace("A chronic disease of the skin", "=1+1 A chronic disease")
    (tmp_path / "formula.ttl").write_text(text, encoding="utf-8")

    write_sheet(Ontology.load(tmp_path / "formula.ttl"), tmp_path / "sheet.xlsx")

    page = openpyxl.load_workbook(tmp_path / "sheet.xlsx")["terms"]
    assert {cell.data_type for row in page.iter_rows() for cell in row if str(cell.value).startswith("=")} == {"s"}


# Reading it back


def test_decisions_are_read_with_their_comments(fill: Fill, blank: Path) -> None:
    sheet = read_sheet(fill("Ada", ADA, {PSORIASIS: "Accept ", BLUE_NEVUS: ("change", "not a mole")}))

    assert {(o.term, o.decision, o.comment) for o in sheet.opinions} == {
        (PSORIASIS, Decision.ACCEPT, None),
        (BLUE_NEVUS, Decision.CHANGE, "not a mole"),
    }
    assert {o.reviewer.orcid for o in sheet.opinions} == {f"https://orcid.org/{ADA}"}
    assert {o.day for o in sheet.opinions} == {DAY}
    assert len(sheet.opinions) + sheet.open == len(_rows(blank))


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
    page.delete_cols(_columns(page)["shown"])
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


# Agreement


def test_kappa_of_the_published_example() -> None:
    """Fleiss (1971), table 1: thirty patients, six psychiatrists each, κ = 0.430."""
    with (DATA / "fleiss_1971.tsv").open(encoding="utf-8") as lines:
        _, *rows = csv.reader(lines, delimiter="\t")
    ratings = [[int(cell) for cell in row] for row in rows]

    assert len(ratings) == 30
    assert fleiss_kappa(ratings) == pytest.approx(0.430, abs=0.0005)


def test_kappa_is_one_when_all_agree() -> None:
    assert fleiss_kappa([[3, 0], [0, 3], [3, 0]]) == pytest.approx(1)


def test_kappa_is_below_zero_when_all_disagree() -> None:
    assert fleiss_kappa([[1, 1], [1, 1]]) == pytest.approx(-1)


@pytest.mark.parametrize("ratings", [[], [[3, 0], [3, 0]]])
def test_kappa_is_undefined_without_variety(ratings: list[list[int]]) -> None:
    assert fleiss_kappa(ratings) is None


@pytest.mark.parametrize("ratings", [[[2, 0], [1, 0]], [[1, 0], [0, 1]]])
def test_kappa_needs_the_same_number_of_raters_everywhere(ratings: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss_kappa(ratings)


# Applying


def _remarks(ontology: Ontology, curie: str) -> list[dict[str, str]]:
    iri = ontology.term(curie).iri
    said: dict[object, dict[str, str]] = {}
    for quad in ontology.quads:
        if isinstance(quad.subject, ox.BlankNode):
            name = quad.predicate.value.rpartition("#")[2].rpartition("/")[2]
            said.setdefault(quad.subject, {})[name] = str(quad.object.value)
    status = PREFIXES["DERM"] + "0010023"
    return [
        {name: remark[name] for name in ("annotatedTarget", "contributor", "date", "comment") if name in remark}
        for remark in said.values()
        if remark.get("annotatedSource") == iri and remark.get("annotatedProperty") == status
    ]


def test_a_decision_is_recorded_with_its_reviewer_and_day(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    outcome = _apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept", BLUE_NEVUS: ("change", "not a mole")}))

    assert outcome.decided == {PSORIASIS: Decision.ACCEPT, BLUE_NEVUS: Decision.CHANGE}
    assert outcome.agreement is None
    reviewed = _reloaded(outcome, tmp_path)
    assert reviewed.term(PSORIASIS).review_status == "accepted"
    assert reviewed.term(BLUE_NEVUS).review_status == "to be changed"
    assert _remarks(reviewed, PSORIASIS) == [
        {"annotatedTarget": "accepted", "contributor": f"https://orcid.org/{ADA}", "date": "2026-03-01"}
    ]
    assert _remarks(reviewed, BLUE_NEVUS)[0]["comment"] == "not a mole"


def test_nothing_else_changes(tiny: Ontology, fill: Fill) -> None:
    outcome = _apply(tiny, fill("Ada", ADA, {PSORIASIS: ("reject", "too broad")}))

    status = PREFIXES["DERM"] + "0010023"
    before, after = set(tiny.quads), set(outcome.quads)
    assert {(quad.predicate.value, quad.object.value) for quad in before - after} == {(status, "unreviewed")}
    terms = {quad.subject.value for quad in after - before if isinstance(quad.subject, ox.NamedNode)}
    dublin_core = {PREFIXES["dcterms"] + name for name in ("contributor", "date")}
    assert terms == {tiny.term(PSORIASIS).iri, *dublin_core}


def test_properties_that_record_the_review_are_declared_and_defined(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    reviewed = _reloaded(_apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    faults = ("undeclared_property", "annotation_property_without_definition", "missing_label")
    found = {v.entity for v in check(reviewed.file).violations if v.check in faults}
    assert found.isdisjoint({"dcterms:contributor", "dcterms:date"})


def test_reviewers_who_agree_are_both_recorded(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    outcome = _apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"}), fill("Ben", BEN, {PSORIASIS: "accept"}))

    reviewers = {remark["contributor"] for remark in _remarks(_reloaded(outcome, tmp_path), PSORIASIS)}
    assert reviewers == {f"https://orcid.org/{ADA}", f"https://orcid.org/{BEN}"}


def test_reviewers_who_differ_change_nothing(tiny: Ontology, fill: Fill) -> None:
    outcome = _apply(
        tiny,
        fill("Ada", ADA, {PSORIASIS: "accept", BLUE_NEVUS: "accept"}),
        fill("Ben", BEN, {PSORIASIS: ("reject", "no such thing"), BLUE_NEVUS: "accept"}),
    )

    (conflict,) = outcome.conflicts
    assert (conflict.term, conflict.label) == (PSORIASIS, "psoriasis")
    assert conflict.said == (
        ("accepted", f"Ada (https://orcid.org/{ADA})"),
        ("rejected", f"Ben (https://orcid.org/{BEN})"),
    )
    assert outcome.decided == {}
    assert outcome.quads == tiny.quads


def test_a_reviewer_who_differs_from_herself_changes_nothing(tiny: Ontology, fill: Fill) -> None:
    outcome = _apply(
        tiny, fill("Ada", ADA, {PSORIASIS: "accept"}), fill("Ada", ADA, {PSORIASIS: ("reject", "on reflection")})
    )

    assert [conflict.term for conflict in outcome.conflicts] == [PSORIASIS]


def test_the_same_sheet_twice_counts_once(tiny: Ontology, fill: Fill) -> None:
    sheet = fill("Ada", ADA, {PSORIASIS: "accept"})

    outcome = _apply(tiny, sheet, sheet)

    assert outcome.opinions == 1
    assert outcome.agreement is None


def test_agreement_is_over_the_terms_that_all_have_judged(tiny: Ontology, fill: Fill) -> None:
    change, reject = ("change", "so"), ("reject", "so")
    outcome = _apply(
        tiny,
        fill("Ada", ADA, {PSORIASIS: "accept", NAIL_PSORIASIS: change, BLUE_NEVUS: "accept"}),
        fill("Ben", BEN, {PSORIASIS: "accept", NAIL_PSORIASIS: reject}),
    )

    assert outcome.agreement is not None
    assert (outcome.agreement.reviewers, outcome.agreement.terms) == (2, 2)
    assert outcome.agreement.kappa == pytest.approx(fleiss_kappa([[2, 0, 0], [0, 1, 1]]))


def test_a_sheet_of_another_version_is_refused(blank: Path, fill: Fill, tmp_path: Path) -> None:
    later = tmp_path / "later.ttl"
    later.write_text(TINY.read_text(encoding="utf-8").replace("2026-01-31", "2026-02-28"), encoding="utf-8")

    with pytest.raises(InputError, match=r"made from version 2026-01-31 of .*is version 2026-02-28") as error:
        _apply(Ontology.load(later), fill("Ada", ADA, {PSORIASIS: "accept"}))

    assert "review-sheet" in str(error.value)


def test_a_term_that_has_changed_since_is_to_be_read_again(fill: Fill, tmp_path: Path) -> None:
    edited = tmp_path / "edited.ttl"
    edited.write_text(TINY.read_text(encoding="utf-8").replace("scaly plaques", "scaly patches"), encoding="utf-8")

    with pytest.raises(InputError, match=r"DERM:0001004 \(psoriasis\) has changed since the sheet was made"):
        _apply(Ontology.load(edited), fill("Ada", ADA, {PSORIASIS: "accept"}))


def test_an_unknown_term_is_refused(tiny: Ontology, fill: Fill) -> None:
    path = fill("Ada", ADA, {PSORIASIS: "accept"})
    workbook = openpyxl.load_workbook(path)
    for row in workbook["terms"].iter_rows(max_col=1):
        if row[0].value == PSORIASIS:
            row[0].value = "DERM:0009999"
    workbook.save(path)

    with pytest.raises(InputError, match="DERM:0009999 is no term of"):
        _apply(tiny, path)


def test_a_second_reviewer_joins_the_first(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    first = _reloaded(_apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    second = _reloaded(_apply(first, fill("Ben", BEN, {PSORIASIS: "accept"})), tmp_path)

    assert len(_remarks(second, PSORIASIS)) == 2
    assert second.term(PSORIASIS).review_status == "accepted"


def test_a_second_reviewer_who_differs_from_the_file_changes_nothing(
    tiny: Ontology, fill: Fill, tmp_path: Path
) -> None:
    first = _reloaded(_apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    (conflict,) = _apply(first, fill("Ben", BEN, {PSORIASIS: ("reject", "no")})).conflicts

    assert ("accepted", f"https://orcid.org/{ADA}, in reviewed.owl") in conflict.said


def test_a_reviewer_may_change_her_mind(tiny: Ontology, fill: Fill, tmp_path: Path) -> None:
    first = _reloaded(_apply(tiny, fill("Ada", ADA, {PSORIASIS: "accept"})), tmp_path)

    second = _reloaded(_apply(first, fill("Ada", ADA, {PSORIASIS: ("reject", "on reflection")})), tmp_path)

    assert second.term(PSORIASIS).review_status == "rejected"
    assert [remark["comment"] for remark in _remarks(second, PSORIASIS)] == ["on reflection"]


# The commands


def _derm1m(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "cli.py", "ontology", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_from_sheet_to_ontology_by_command(fill: Fill, tmp_path: Path) -> None:
    sheet, out = tmp_path / "sheet.xlsx", tmp_path / "reviewed.owl"

    made = _derm1m("review-sheet", "psoriasis", "--ontology", TINY, "--out", sheet)
    applied = _derm1m("apply-review", fill("Ada", ADA, {PSORIASIS: "accept"}, sheet), "--ontology", TINY, "--out", out)

    assert (made.returncode, applied.returncode) == (0, 0), made.stderr + applied.stderr
    assert "2 terms" in made.stdout
    assert "1 terms decided" in applied.stdout
    assert "1 decisions read, 1 rows left open" in applied.stderr
    assert Ontology.load(out).term(PSORIASIS).review_status == "accepted"


@pytest.mark.slow
def test_a_review_of_the_shipped_ontology_is_a_small_change_without_errors(
    fill: Fill, tmp_path: Path, ontology: Ontology
) -> None:
    sheet, out = tmp_path / "sheet.xlsx", tmp_path / "derm1m.owl"
    write_sheet(ontology, sheet, "nail psoriasis")
    term = ontology.term("nail psoriasis").curie

    outcome = _apply(ontology, fill("Ada", ADA, {term: "accept"}, sheet))
    write(Document(outcome.quads, read(ontology.file).prefixes), out)

    before, after = (Counter(file.read_text(encoding="utf-8").splitlines()) for file in (ontology.file, out))
    assert (before - after).total() == 1
    assert (after - before).total() < 20
    assert check(out).at_least(Severity.ERROR) == ()


def test_conflicts_are_listed_and_the_file_stays(fill: Fill, tmp_path: Path) -> None:
    out = tmp_path / "out.owl"
    sheets = (fill("Ada", ADA, {PSORIASIS: "accept"}), fill("Ben", BEN, {PSORIASIS: ("reject", "no")}))

    done = _derm1m("apply-review", *sheets, "--ontology", TINY, "--out", out)

    assert done.returncode == 1
    assert "Fleiss' kappa" in done.stdout
    assert "Ben (https://orcid.org/0000-0001-5109-3700)" in done.stdout
    assert "nothing was applied" in done.stderr
    assert not out.exists()
