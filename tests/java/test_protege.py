"""Our ontology in the hands of an editor: the real Protégé 5.6.4 opens it, classifies it, changes it and saves it."""

import difflib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.changes import Change, compare
from kg.owlxml import load_structure
from kg.resources import ontology_folder
from tests.java.desktop import Desktop, open_in_protege

TERM = "plaque psoriasis"
COMMENT = "Seen by an editor."
EDITOR, FIRST_ID = "Clinical editor 1", 20000

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@dataclass(frozen=True)
class Session:
    """The file as it was, the file as Protégé saved it, and what Protégé said."""

    before: Path
    after: Path
    log: str


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Protégé opens the ontology, runs HermiT, adds a comment to a term and saves.

    `$DERM1M_PICTURES` names a folder that keeps the pictures.
    """
    folder = tmp_path_factory.mktemp("protege")
    pictures = Path(os.environ.get("DERM1M_PICTURES", folder))
    ontology = folder / "ontology"
    ontology.mkdir()
    for name in ("derm1m.owl", "catalog-v001.xml", "derm1m-idranges.owl"):
        shutil.copy(ontology_folder() / name, ontology)
    after = ontology / "derm1m.owl"
    before = Path(shutil.copy(after, folder / "before.owl"))
    with open_in_protege(after, folder / "program", EDITOR) as protege:
        _classify(protege)
        protege.take_picture(pictures / "header.png")
        _find_term(protege)
        _add_comment(protege)
        protege.take_picture(pictures / "term.png")
        protege.scroll(800, 300, 18)
        protege.take_picture(pictures / "findings.png")
        protege.attempt(
            lambda: protege.press("ctrl+s"), lambda: "Saved workspace" in protege.log(), "the file is saved"
        )
        return Session(before, after, protege.log())


def _classify(protege: Desktop) -> None:
    def choose_hermit_and_start() -> None:
        protege.press("Escape", "Escape")
        protege.click(700, 800, window=protege.main_window)
        protege.press("F10", "Right", "Right", "Right", "Up", "Up", "Return", "ctrl+r")

    protege.attempt(choose_hermit_and_start, lambda: "Ontologies processed in" in protege.log(), "HermiT classifies")


def _find_term(protege: Desktop) -> None:
    def search() -> None:
        protege.click(1379, 43, window=protege.main_window)

    protege.attempt(search, lambda: protege.windows("Search"), "the search window")
    protege.click(126, 12, window=protege.windows("Search")[0])
    protege.type(TERM)
    protege.wait(lambda: _has_searched(protege, TERM.split()), "the result of the search")
    protege.attempt(lambda: protege.press("Return"), lambda: not protege.windows("Search"), "the term is chosen")


def _has_searched(protege: Desktop, words: list[str]) -> bool:
    """Whether the search for all the words has ended; Protégé starts one at each letter typed."""
    pattern = "  AND  ".join(rf"\Q{word}\E" for word in words)
    last = protege.log().rpartition("Starting search")[2]
    return f"(pattern: {pattern})" in last and "Finished search" in last


def _add_comment(protege: Desktop) -> None:
    def open_annotations() -> None:
        protege.click(618, 195, window=protege.main_window)

    protege.attempt(open_annotations, lambda: protege.windows(f"'{TERM}'"), "the window of the term's annotations")
    protege.click(450, 182, window=protege.windows(f"'{TERM}'")[0])
    protege.type(COMMENT)
    protege.attempt(
        lambda: protege.press("ctrl+Return"), lambda: not protege.windows(f"'{TERM}'"), "the annotation is taken"
    )
    protege.click(1100, 880, window=protege.main_window)


def test_gives_an_editor_the_range_of_identifiers_kept_for_them(session: Session) -> None:
    assert f"[IdRanges] Setting id start to {FIRST_ID}" in session.log


def test_hermit_finds_the_ontology_consistent(session: Session) -> None:
    assert "by HermiT" in session.log
    assert "nconsistent" not in session.log


def test_diff_names_exactly_the_change_that_was_made(session: Session) -> None:
    difference = compare(load_structure(session.before), load_structure(session.after))

    assert [(entity.label, entity.fate, entity.changes) for entity in difference.entities] == [
        (TERM, "changed", (Change("comment", None, f"“{COMMENT}”"),))
    ]
    assert (difference.header, difference.general) == ((), ())


def test_no_other_line_of_the_file_changes(session: Session) -> None:
    before, after = (path.read_text(encoding="utf-8").split("\n") for path in (session.before, session.after))

    changed = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    assert [line for line in changed if not line.startswith("@@")] == [
        f"+        <rdfs:comment>{COMMENT}</rdfs:comment>"
    ]
