"""What a build takes over from the one before it: a source that has not changed, and no other."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.account import Account, SourceAccount
from kg.build import build
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.source_record import fingerprint
from kg.sources import resolve

ROOT = Path(__file__).parents[2]
SPECIFICATION = """
title = "A made-up ward"
licence = "CC0"
citation = "Derm1M toolkit, tests"
format_seen = "written for this test"
mapping = "read.tsv"
[[table]]
file = "visits.csv"
[image]
key = "photo"
modality = "clinical"
[[fact]]
role = "condition"
column = "diagnosis"
"""
VISITS = "photo,diagnosis\n1.jpg,psoriasis\n2.jpg,rosacea\n"
PROGRAM = """
import sys
from pathlib import Path
from kg.ontology import Ontology
from kg.source_record import fingerprint
from kg.sources import resolve
print(fingerprint(*resolve("ward", Path(sys.argv[1])), Ontology.load()))
"""


def _ward(folder: Path) -> Path:
    folder.mkdir()
    (folder / "source.toml").write_text(SPECIFICATION, encoding="utf-8")
    (folder / "visits.csv").write_text(VISITS, encoding="utf-8")
    (folder / "read.tsv").write_text("label\tterm\tkind\nPSO\tpsoriasis\tcondition\n", encoding="utf-8")
    (folder / "1.jpg").touch()
    return folder


def _shards(out: Path, source: str) -> dict[str, int]:
    """The files of a source's shards, and which file on the disk each is."""
    folder = KnowledgeGraph.open(out).folder
    found = [file for table in ("images", "pairs", "facts") for file in (folder / table).glob(f"{source}-*")]
    assert len(found) == 3
    return {str(file.relative_to(folder)): file.stat().st_ino for file in found}


def _account(account: Account, name: str) -> SourceAccount:
    return next(source for source in account.sources if source.source == name)


def test_a_source_that_has_not_changed_is_neither_read_nor_aligned_again(tmp_path: Path, ontology: Ontology) -> None:
    north, south, out = _ward(tmp_path / "north"), _ward(tmp_path / "south"), tmp_path / "derm.kg"
    first = build([("north", north)], out, ontology=ontology, progress=False)
    made = _shards(out, "north")

    second = build([("north", north), ("south", south)], out, ontology=ontology, progress=False)
    assert _shards(out, "north") == made, "adding a source made the shards of another one again"
    assert _account(second, "north") == _account(first, "north")
    added = _shards(out, "south")

    with (south / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("3.jpg,vitiligo\n")
    third = build([("north", north), ("south", south)], out, ontology=ontology, progress=False)
    assert _shards(out, "north") == made
    assert not set(_shards(out, "south").values()) & set(added.values())
    assert (_account(second, "south").images, _account(third, "south").images) == (2, 3)


def _touch(ward: Path) -> None:
    os.utime(ward / "visits.csv", (1, 1))


def _write_again(ward: Path) -> None:
    (ward / "visits.csv").unlink()
    (ward / "visits.csv").write_text(VISITS, encoding="utf-8")


def _add_note(ward: Path) -> None:
    (ward / "notes.txt").write_text("not part of the source", encoding="utf-8")


def _change_cell_in_place(ward: Path) -> None:
    """As many bytes, at the same time as before."""
    before = (ward / "visits.csv").stat()
    (ward / "visits.csv").write_text(VISITS.replace("rosacea", "alopeci"), encoding="utf-8")
    os.utime(ward / "visits.csv", ns=(before.st_atime_ns, before.st_mtime_ns))


def _change_specification(ward: Path) -> None:
    (ward / "source.toml").write_text(SPECIFICATION.replace("clinical", "dermoscopic"), encoding="utf-8")


def _change_reviewed_label(ward: Path) -> None:
    (ward / "read.tsv").write_text("label\tterm\tkind\nPSO\trosacea\tcondition\n", encoding="utf-8")


def _add_image(ward: Path) -> None:
    (ward / "2.jpg").touch()


def _remove_image(ward: Path) -> None:
    (ward / "1.jpg").unlink()


def _fingerprint(ward: Path, ontology: Ontology) -> str:
    return fingerprint(*resolve("ward", ward), ontology)


@pytest.mark.parametrize("change", [_touch, _write_again, _add_note])
def test_a_source_with_the_same_content_is_the_same(
    change: Callable[[Path], None], tmp_path: Path, ontology: Ontology
) -> None:
    ward = _ward(tmp_path / "ward")
    before = _fingerprint(ward, ontology)
    change(ward)
    assert _fingerprint(ward, ontology) == before


@pytest.mark.parametrize(
    "change", [_change_cell_in_place, _change_specification, _change_reviewed_label, _add_image, _remove_image]
)
def test_a_source_that_says_something_else_is_another(
    change: Callable[[Path], None], tmp_path: Path, ontology: Ontology
) -> None:
    ward = _ward(tmp_path / "ward")
    before = _fingerprint(ward, ontology)
    change(ward)
    assert _fingerprint(ward, ontology) != before


def _with_synonym(ontology: Ontology, folder: Path) -> Ontology:
    """The same ontology with another name for psoriasis."""
    text = ontology.file.read_text(encoding="utf-8")
    synonym = '<oboInOwl:hasExactSynonym xml:lang="en">'
    assert synonym in text
    changed = folder / "changed.owl"
    changed.write_text(text.replace(synonym, f"{synonym}moon ", 1), encoding="utf-8")
    return Ontology.load(changed)


def test_with_another_ontology_every_source_is_another(tmp_path: Path, ontology: Ontology) -> None:
    ward = _ward(tmp_path / "ward")
    assert _fingerprint(ward, ontology) != _fingerprint(ward, _with_synonym(ontology, tmp_path))


def test_another_process_finds_a_source_the_same(tmp_path: Path, ontology: Ontology) -> None:
    ward = _ward(tmp_path / "ward")
    command = [sys.executable, "-c", PROGRAM, str(ward)]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == _fingerprint(ward, ontology)


@pytest.mark.slow
def test_a_build_with_another_ontology_aligns_every_source_again(tmp_path: Path, ontology: Ontology) -> None:
    ward, out = _ward(tmp_path / "ward"), tmp_path / "derm.kg"
    build([("ward", ward)], out, ontology=ontology, progress=False)
    made = _shards(out, "ward")
    build([("ward", ward)], out, ontology=_with_synonym(ontology, tmp_path), progress=False)
    assert not set(_shards(out, "ward").values()) & set(made.values())
