"""Reading a sheet that a reviewer has filled in."""

import datetime
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError
from kg.review import layout
from kg.review.opinion import Decision, Opinion, Reviewer, parse_orcid

if TYPE_CHECKING:
    from openpyxl import Workbook

_LARGEST = 200_000_000  # bytes of a workbook unpacked; 1,700 terms take about three million
_WIDEST = 100  # columns; a sheet has thirteen


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one reviewer has said of the terms of one version."""

    path: Path
    ontology: str  # IRI
    version: str
    reviewer: Reviewer
    opinions: tuple[Opinion, ...]
    open: int  # rows without a decision


def read_sheet(path: Path, today: datetime.date | None = None) -> Sheet:
    """The decisions of a filled-in sheet. `today` (by default the day it is) stands for a date that is left empty.

    Raises `InputError` listing all that is wrong with the file, each with its page, row and what to do: no reviewer, a
    wrong ORCID, an unknown decision, a change or rejection without a comment, a term twice, a missing column.
    """
    workbook = _open(path)
    entries = _reviewer_entries(workbook, path)
    problems: list[str] = []
    reviewer = _reviewer(entries, problems)
    day = _day(entries.get(layout.DATE, ""), today or datetime.date.today(), problems)
    opinions: list[Opinion] = []
    seen: dict[str, int] = {}
    left_open = 0
    for number, row in _term_rows(workbook, path):
        term, said, comment = row["identifier"], row[layout.DECISION].lower(), row[layout.COMMENT]
        if not (term or said or comment):
            continue
        if fault := _fault(term, said, comment, seen):
            problems.append(f"page {layout.TERMS_PAGE}, row {number}: {fault}")
        elif said:
            opinions.append(Opinion(term, Decision(said), comment or None, reviewer, day, row[layout.FINGERPRINT]))
        else:
            left_open += 1
        seen.setdefault(term, number)
    if problems:
        raise InputError(f"{path}: nothing was read\n  " + "\n  ".join(problems))
    return Sheet(path, entries[layout.ONTOLOGY], entries[layout.VERSION], reviewer, tuple(opinions), left_open)


def _reviewer(entries: dict[str, str], problems: list[str]) -> Reviewer:
    name, orcid = entries.get(layout.NAME, ""), entries.get(layout.ORCID, "")
    if not name:
        problems.append(f"page {layout.REVIEWER_PAGE}: the name is empty")
    try:
        return Reviewer(name, parse_orcid(orcid))
    except InputError as error:
        problems.append(f"page {layout.REVIEWER_PAGE}: {error}")
        return Reviewer(name, orcid)


def _day(text: str, today: datetime.date, problems: list[str]) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text[:10]) if text else today
    except ValueError:
        problems.append(f"page {layout.REVIEWER_PAGE}: the date {text!r} is not of the form 2026-01-31")
        return today


def _fault(term: str, said: str, comment: str, seen: dict[str, int]) -> str | None:
    if not term:
        return "a decision or comment without a term; the identifier was deleted"
    if term in seen:
        return f"{term} stands in row {seen[term]} already; keep one"
    if said not in ("", *Decision):
        return f"{term} has the decision {said!r}; choose {', '.join(Decision)}"
    if comment and not said:
        return f"{term} has a comment and no decision; choose {', '.join(Decision)}"
    if said in (Decision.CHANGE, Decision.REJECT) and not comment:
        return f"{term} has the decision {said} and no comment that says why"
    return None


def _open(path: Path) -> "Workbook":
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    expected = "expected the sheet that `ontology review-sheet` wrote, saved as .xlsx"
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise InputError(f"{path}: the file is far larger than any sheet; {expected}")
        workbook = load_workbook(path, data_only=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise error if isinstance(error, InputError) else InputError(f"{path}: is no workbook; {expected}") from error
    absent = {layout.TERMS_PAGE, layout.REVIEWER_PAGE}.difference(workbook.sheetnames)
    if absent:
        raise InputError(f"{path}: has no page {' and '.join(sorted(absent))}; {expected}")
    return workbook


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _reviewer_entries(workbook: "Workbook", path: Path) -> dict[str, str]:
    entries = {
        _text(row[0]): _text(row[1])
        for row in workbook[layout.REVIEWER_PAGE].iter_rows(min_col=1, max_col=2, values_only=True)
    }
    absent = [name for name in (layout.ONTOLOGY, layout.VERSION) if not entries.get(name)]
    if absent:
        raise InputError(
            f"{path}, page {layout.REVIEWER_PAGE}: {' and '.join(absent)} is missing, so that nobody knows what was "
            "reviewed; copy the lines from a fresh sheet of the same version"
        )
    return entries


def _term_rows(workbook: "Workbook", path: Path) -> list[tuple[int, dict[str, str]]]:
    lines = workbook[layout.TERMS_PAGE].iter_rows(max_col=_WIDEST, values_only=True)
    header = [_text(cell) for cell in next(lines, ())]
    needed = ("identifier", layout.DECISION, layout.COMMENT, layout.FINGERPRINT)
    if absent := [name for name in needed if name not in header]:
        raise InputError(
            f"{path}, page {layout.TERMS_PAGE}: no column {', '.join(absent)}; do not rename or delete columns"
        )
    places = {name: header.index(name) for name in needed}
    return [
        (number, {name: _text(line[place]) for name, place in places.items()})
        for number, line in enumerate(lines, start=2)
    ]
