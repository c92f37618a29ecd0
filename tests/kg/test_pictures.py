"""Image files looked at: each way of being unusable is told, and nothing is looked at twice."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from PIL import Image

from kg.pairs import IMAGES
from kg.pictures import Ledger, PictureReport, check_pictures, have_changed, inspect, quarantine
from kg.pictures.inspection import INSPECTED

if TYPE_CHECKING:
    from kg.ontology import Ontology


def jpeg(path: Path, size: tuple[int, int] = (40, 30), colour: str = "tan", orientation: int | None = None) -> Path:
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    Image.effect_noise(size, 40).convert("RGB").save(path, exif=exif)
    return path


def images(root: Path, *paths: str | None, source: str = "s") -> pa.Table:
    rows = [
        {
            "image": f"{source}:{i}",
            "source": source,
            "key": str(i),
            "root": str(root),
            "path": path,
            "available": bool(path),
        }
        for i, path in enumerate(paths)
    ]
    return pa.Table.from_pylist(rows, IMAGES)


def truncated(path: Path) -> None:
    jpeg(path, (200, 200))
    path.write_bytes(path.read_bytes()[:2000])


def bomb(path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(path, "PNG")


def swapped_bytes(path: Path) -> None:
    jpeg(path.with_suffix(".ppm"))
    content = bytearray(path.with_suffix(".ppm").read_bytes())
    content[1] = ord("9")
    path.write_bytes(content)


BAD: list[tuple[str, Callable[[Path], Any], str]] = [
    ("absent.jpg", lambda path: None, "file not found"),
    ("empty.jpg", lambda path: path.write_bytes(b""), "empty file"),
    ("notes.jpg", lambda path: path.write_text("not an image"), "not an image"),
    ("cut.jpg", truncated, "truncated"),
    ("bomb.png", bomb, "more pixels than is safe to decode"),
    ("odd.ppm", swapped_bytes, "not an image"),
    ("folder.jpg", lambda path: path.mkdir(), "cannot be decoded"),
]


@pytest.mark.parametrize(("name", "make", "reason"), BAD, ids=[name for name, _, _ in BAD])
def test_a_file_that_cannot_be_used_is_told_with_its_reason(
    name: str, make: Callable[[Path], Any], reason: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    assert inspect(str(tmp_path), name)["reason"].startswith(reason)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tif"])
@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
def test_a_file_that_ends_too_early_is_truncated_wherever_it_ends(suffix: str, share: float, tmp_path: Path) -> None:
    file = jpeg(tmp_path / f"cut.{suffix}", (200, 200))
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    assert inspect(str(tmp_path), file.name)["reason"] == "truncated"


@pytest.mark.parametrize("path", ["../outside.jpg", "link.jpg"])
def test_a_path_that_leaves_its_folder_is_not_opened(path: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    jpeg(tmp_path / "outside.jpg")
    (root / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    row = inspect(str(root), path)
    assert row["reason"] == "path leaves the folder of its source"
    assert "sha256" not in row


def test_a_good_file_has_size_orientation_and_hash(tmp_path: Path) -> None:
    import hashlib

    file = jpeg(tmp_path / "a.jpg", (40, 30), orientation=6)
    row = inspect(str(tmp_path), "a.jpg")
    assert (row["width"], row["height"], row["orientation"], row["format"]) == (40, 30, 6, "JPEG")
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert row.get("reason") is None


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> PictureReport:
    """Two sources with the same file; a turned one, a cut one, and an image without a file."""
    root = tmp_path_factory.mktemp("pictures")
    jpeg(root / "a.jpg")
    (root / "same.jpg").write_bytes((root / "a.jpg").read_bytes())
    jpeg(root / "turned.jpg", orientation=3)
    truncated(root / "cut.jpg")
    both = pa.concat_tables(
        [images(root, "a.jpg", "turned.jpg", "cut.jpg", None), images(root, "same.jpg", source="t")]
    )
    return check_pictures(both, Ledger(root / "ledger"), workers=2, progress=False)


def test_the_account_adds_up(report: PictureReport) -> None:
    said = report.as_dict()
    assert said["images"] == 5 == said["usable"] + said["without_file"] + sum(said["quarantined"].values())
    assert said["quarantined"] == {"truncated": 1}
    assert said["bad"] == [{"image": "s:2", "path": "cut.jpg", "reason": "truncated"}]
    assert said["turned_by_exif"] == 1
    assert "1 put aside: truncated" in report.as_text()


def test_the_same_file_in_two_sources_is_reported(report: PictureReport) -> None:
    assert report.duplicates() == [["s:0", "t:0"]]


def test_a_bad_file_is_no_longer_available(report: PictureReport, tmp_path: Path) -> None:
    table = images(tmp_path, "a.jpg", "turned.jpg", "cut.jpg", None)
    assert quarantine(table, report)["available"].to_pylist() == [True, True, False, False]
    assert quarantine(table, report).schema == IMAGES


def test_it_is_seen_that_a_file_was_mended_or_broken(tmp_path: Path) -> None:
    ledger, table = Ledger(tmp_path / "ledger"), images(tmp_path, "a.jpg", None)
    truncated(tmp_path / "a.jpg")
    broken = check_pictures(table, ledger, workers=1, progress=False)
    assert have_changed(table, broken)
    assert not have_changed(quarantine(table, broken), broken)
    jpeg(tmp_path / "a.jpg")
    assert have_changed(quarantine(table, broken), check_pictures(table, ledger, workers=1, progress=False))


def test_what_has_not_changed_is_not_opened_again(tmp_path: Path) -> None:
    ledger, table = Ledger(tmp_path / "ledger"), images(tmp_path, "a.jpg", "b.jpg")
    jpeg(tmp_path / "a.jpg")
    jpeg(tmp_path / "b.jpg")
    assert check_pictures(table, ledger, workers=1, progress=False).looked_at == 2
    assert check_pictures(table, ledger, workers=1, progress=False).looked_at == 0
    truncated(tmp_path / "b.jpg")
    again = check_pictures(table, ledger, workers=1, progress=False)
    assert (again.looked_at, again.reasons) == (1, {"truncated": 1})


def test_rows_of_other_files_in_a_ledger_change_nothing(tmp_path: Path) -> None:
    ledger, table = Ledger(tmp_path / "ledger"), images(tmp_path, "b.jpg", "a.jpg", "b.jpg")
    ledger.add([{"root": str(tmp_path), "path": "c.jpg", "reason": "truncated"}, {"root": "r", "path": "a.jpg"}])
    jpeg(tmp_path / "a.jpg")
    jpeg(tmp_path / "b.jpg")
    report = check_pictures(table, ledger, workers=1, progress=False)
    assert report.pictures["image"].to_pylist() == ["s:0", "s:1", "s:2"]
    assert report.pictures["path"].to_pylist() == ["b.jpg", "a.jpg", "b.jpg"]
    assert (report.looked_at, report.reasons, len(ledger.read())) == (2, {}, 4)


def test_a_ledger_keeps_the_newest_row_of_a_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.add([{"root": "r", "path": "a", "reason": "truncated"}, {"root": "r", "path": "b", "bytes": 1}])
    ledger.add([{"root": "r", "path": "a", "bytes": 2}])
    before = sorted(ledger.read().to_pylist(), key=lambda row: row["path"])
    ledger.compact()
    assert sorted(ledger.read().to_pylist(), key=lambda row: row["path"]) == before
    assert [(row["path"], row["bytes"], row["reason"]) for row in before] == [("a", 2, None), ("b", 1, None)]
    assert len(list((tmp_path / "ledger").iterdir())) == 1


def test_what_a_stopped_run_left_unfinished_is_no_row(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.add([{"root": "r", "path": "a"}])
    (tmp_path / "ledger" / "x.part").write_bytes(b"PAR1 half a file")
    assert ledger.read().schema == INSPECTED
    assert len(ledger.read()) == 1


def decode_or_die(places: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Stands for a decoder that one broken file ends."""
    if any(path == "deadly.jpg" for _, path in places):
        os.kill(os.getpid(), signal.SIGKILL)
    return [inspect(*place) for place in places]


def test_a_file_that_ends_its_process_is_put_aside_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.pictures.checking._inspect_some", decode_or_die)
    for name in ("a.jpg", "deadly.jpg", "b.jpg"):
        jpeg(tmp_path / name)
    table = images(tmp_path, "a.jpg", "deadly.jpg", "b.jpg")
    report = check_pictures(table, Ledger(tmp_path / "ledger"), workers=2, progress=False)
    assert report.pictures["reason"].to_pylist() == [None, "ends the process that decodes it", None]


@pytest.mark.slow
def test_a_build_puts_bad_files_aside_and_takes_them_back_when_they_are_mended(
    ontology: "Ontology", atlas: Path, tmp_path: Path
) -> None:
    import shutil

    from kg.build import build
    from kg.graph import KnowledgeGraph

    source, out = tmp_path / "atlas", tmp_path / "derm.kg"
    shutil.copytree(atlas, source)
    bad = min(path for path in (source / "images").rglob("*") if path.is_file())
    whole = bad.read_bytes()

    def available(*, check_images: bool = True) -> tuple[int, dict[str, int]]:
        account = build([("atlas", source)], out, ontology=ontology, check_images=check_images, progress=False)
        images = KnowledgeGraph.open(out).images(["available"])
        return pa.compute.sum(images["available"]).as_py(), dict(account.sources[0].quarantined)

    bad.write_bytes(whole[: len(whole) // 2])
    assert available() == (299, {"truncated": 1})
    assert available() == (299, {"truncated": 1})
    bad.write_bytes(whole)
    assert available() == (300, {})
    bad.write_bytes(whole[: len(whole) // 2])
    assert available() == (299, {"truncated": 1})
    assert available(check_images=False) == (300, {})
