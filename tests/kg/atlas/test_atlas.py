"""The folder that `sample` writes: files, formats, determinism, going on after a stop, refusals."""

import csv
import errno
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from kg.atlas import AtlasAccount, generate
from kg.atlas.captions import write_caption
from kg.atlas.scene import Scene
from kg.atlas.tables import DERM1M_COLUMNS, TRUTH
from kg.errors import InputError
from kg.ontology import Ontology
from kg.sources import read

SEED, PAIRS, SIZE = 11, 60, 64


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def csv_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_image_one_row_one_truth(folder: Path, account: AtlasAccount) -> None:
    rows = csv_rows(folder)
    truth = pq.read_table(folder / "truth.parquet")
    names = [row["filename"] for row in rows]

    assert account.pairs == len(rows) == truth.num_rows == PAIRS
    assert truth["filename"].to_pylist() == names
    assert sorted(str(path.relative_to(folder)) for path in (folder / "images").rglob("*.jpg")) == sorted(names)


def test_images_are_jpegs_of_the_size_marked_synthetic(folder: Path) -> None:
    for path in sorted((folder / "images" / "atlas").iterdir()):
        with Image.open(path) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (SIZE, SIZE), "RGB")
            assert b"SYNTHETIC" in image.info["comment"]
            assert "SYNTHETIC" in image.getexif()[0x010E]


def test_the_csv_has_derm1ms_columns_and_placeholders(folder: Path) -> None:
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(DERM1M_COLUMNS)
    rows = csv_rows(folder)

    assert len(DERM1M_COLUMNS) == 12
    assert "No age information" in {row["age"] for row in rows}
    assert "No gender information" in {row["gender"] for row in rows}
    assert "No symptom information" in {row["symptoms"] for row in rows}
    assert all(row["caption"] == row["truncated_caption"] for row in rows)
    assert all(row["disease_label"] == row["disease_label"].lower() for row in rows)
    assert all(row["hierarchical_disease_label"].endswith(f", {row['disease_label']}") for row in rows)
    assert all(re.fullmatch(r"\d+|No age information", row["age"]) for row in rows)


def test_the_truth_has_the_path_of_each_condition(folder: Path, ontology: Ontology) -> None:
    truth = pq.read_table(folder / "truth.parquet")

    assert truth.schema.equals(TRUTH)
    for row in truth.to_pylist():
        path = ontology.path(row["condition"])
        assert [row[f"level_{level}"] for level in (1, 2, 3, 4)] == [term.curie for term in path]
        assert row["label"] == path[-1].label


def test_captions_are_whole_sentences_that_vary(folder: Path) -> None:
    captions = [row["caption"] for row in csv_rows(folder)]

    assert len(set(captions)) > 0.95 * len(captions)
    for caption in captions:
        assert re.fullmatch(r"[A-Z0-9].*\.", caption)
        assert not re.search(r"[{}|]|\b(a|an) [,.]|  ", caption)


def test_some_captions_keep_the_diagnosis_to_themselves(scenes: list[Scene]) -> None:
    named = []
    for scene in scenes[:600]:
        caption = write_caption(scene, SEED)
        named.append(any(name.lower() in caption.text.lower() for name in scene.condition.names))
        assert named[-1] or "name" not in caption.told

    assert 0.7 < sum(named) / len(named) < 0.97


def test_denied_symptoms_are_said_as_denied(scenes: list[Scene]) -> None:
    told = [(scene, write_caption(scene, SEED)) for scene in scenes[:600]]
    denying = [(scene, caption) for scene, caption in told if "denied" in caption.told]

    assert denying
    assert all(scene.denied and "There is no " in caption.text for scene, caption in denying)


def test_the_same_parameters_give_the_same_bytes(ontology: Ontology, folder: Path, tmp_path: Path) -> None:
    again = generate(ontology, tmp_path / "again", PAIRS, seed=SEED, size=SIZE, progress=False)

    assert content(again.folder) == content(folder)


def test_an_image_does_not_depend_on_how_many_there_are(ontology: Ontology, folder: Path, tmp_path: Path) -> None:
    few = content(generate(ontology, tmp_path / "few", 20, seed=SEED, size=SIZE, progress=False).folder)
    many = content(folder)

    images = [name for name in few if name.endswith(".jpg")]
    assert len(images) == 20
    assert all(few[name] == many[name] for name in images)


def test_processes_draw_what_one_process_draws(ontology: Ontology, folder: Path, tmp_path: Path) -> None:
    more = content(generate(ontology, tmp_path / "more", 200, seed=SEED, size=SIZE, progress=False).folder)

    assert all(more[name] == bytes_ for name, bytes_ in content(folder).items() if name.endswith(".jpg"))


def test_a_stopped_run_goes_on(ontology: Ontology, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(ontology, out, PAIRS, seed=SEED, size=SIZE, progress=False)
    for number in (3, 59):
        (out / f"images/atlas/{number:06d}.jpg").unlink()
    (out / "images/atlas/000003.part").write_bytes(b"half a picture")
    (out / "truth.parquet").unlink()

    account = generate(ontology, out, PAIRS, seed=SEED, size=SIZE, progress=False)

    assert account.rendered == 2
    assert content(out) == content(folder)


def test_another_atlas_is_not_mixed_in(ontology: Ontology, folder: Path) -> None:
    before = content(folder)

    with pytest.raises(InputError, match=r"another atlas: its seed differs \(there 11, asked 12\)"):
        generate(ontology, folder, PAIRS, seed=12, size=SIZE, progress=False)
    assert content(folder) == before


def test_a_folder_with_other_things_is_refused(ontology: Ontology, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match="is not empty"):
        generate(ontology, tmp_path, 5, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(ontology: Ontology, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="is a file"):
        generate(ontology, tmp_path / "file", 5, progress=False)


def test_a_full_disk_is_told(ontology: Ontology, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)

    with pytest.raises(InputError, match="no space left"):
        generate(ontology, tmp_path / "out", 5, size=SIZE, progress=False)


def test_the_atlas_can_be_read_as_a_source(folder: Path) -> None:
    reading = read("atlas", folder, progress=False)

    assert reading.rows_in == reading.images.num_rows == PAIRS
    assert reading.rejects.num_rows == 0
    assert all(reading.images["available"].to_pylist())
    assert reading.captions.num_rows == PAIRS
    assert set(reading.images["modality"].to_pylist()) <= {"clinical", "dermoscopic"}
    roles = set(reading.statements["role"].to_pylist())
    assert roles == {"condition", "finding", "site", "symptom", "tone", "history", "artifact"}


def test_what_the_source_states_is_the_truth(folder: Path) -> None:
    statements = read("atlas", folder, progress=False).statements.to_pylist()
    truth = {f"atlas:{row['key']}": row for row in pq.read_table(folder / "truth.parquet").to_pylist()}
    listed = {("finding", "present"): "findings", ("symptom", "present"): "symptoms",
              ("symptom", "absent"): "symptoms_denied", ("artifact", "present"): "artifacts",
              ("history", "absent"): "history_denied"}  # fmt: skip
    for (role, polarity), column in listed.items():
        for image, row in truth.items():
            stated = [
                s["surface"] for s in statements if (s["image"], s["role"], s["polarity"]) == (image, role, polarity)
            ]
            assert stated == ([row[column]] if row[column] else [])


def test_the_readme_says_what_it_is(folder: Path) -> None:
    text = (folder / "README.txt").read_text(encoding="utf-8")

    assert "SYNTHETIC" in text
    assert "NOT FOR CLINICAL USE" in text
