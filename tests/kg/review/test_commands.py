"""From sheet to ontology by command."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kg.ontology import Ontology
from kg.owlxml import write
from kg.quality import Severity, check
from kg.rdfio import Document, read
from kg.review import write_sheet
from tests.kg.review.sheets import ADA, BEN, PSORIASIS, TINY, Fill, apply

ROOT = Path(__file__).parents[3]


def _derm1m(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "cli.py", "ontology", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_from_sheet_to_ontology_by_command(fill: Fill, tmp_path: Path) -> None:
    sheet, out = tmp_path / "sheet.xlsx", tmp_path / "reviewed.owl"

    made = _derm1m("review-sheet", "psoriasis", "--ontology", TINY, "--out", sheet)
    applied = _derm1m("apply-review", fill("Ada", ADA, {PSORIASIS: "accept"}, sheet), "--ontology", TINY, "--out", out)

    assert (made.returncode, applied.returncode) == (0, 0), made.stderr + applied.stderr
    assert "2 terms" in made.stdout
    assert "1 term decided" in applied.stdout
    assert "1 decision read, 1 row left open" in applied.stderr
    assert Ontology.load(out).term(PSORIASIS).review_status == "accepted"


@pytest.mark.slow
def test_a_review_of_the_shipped_ontology_is_a_small_change_without_errors(
    fill: Fill, tmp_path: Path, ontology: Ontology
) -> None:
    sheet, out = tmp_path / "sheet.xlsx", tmp_path / "derm1m.owl"
    write_sheet(ontology, sheet, "nail psoriasis")
    term = ontology.term("nail psoriasis").curie

    outcome = apply(ontology, fill("Ada", ADA, {term: "accept"}, sheet))
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
