"""Exports with the images in them: WebDataset shards and folders of images."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from kg.errors import InputError
from kg.export import export, tabulate
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology


def test_shards_hold_image_text_and_labels_of_each_pair(
    small_graph: "KnowledgeGraph", ontology: "Ontology", tmp_path: Path
) -> None:
    account = export(small_graph, Selection(), tmp_path / "shards")
    with tarfile.open(account.path / "00000.tar") as shard:
        members = {member.name: shard.extractfile(member).read() for member in shard}  # type: ignore[union-attr]
    keys = {name.split(".")[0] for name in members}
    assert len(keys) == account.written == 10
    assert not [key for key in keys if "/" in key]
    key = "a:v1%2E2%2F3:ontology:0"
    assert {name for name in members if name.startswith(key)} == {f"{key}.png", f"{key}.json", f"{key}.txt"}
    row = next(r for r in tabulate(small_graph, Selection()).to_pylist() if r["pair"] == "a:v1.2/3:ontology:0")
    assert members[f"{key}.txt"].decode() == row["text"]
    assert members[f"{key}.png"] == Path(row["filepath"]).read_bytes()
    labels = json.loads(members[f"{key}.json"])
    assert labels.pop("facts")["depicts"] == [ontology.term("nodular melanoma").curie]
    assert labels == {name: value for name, value in row.items() if name not in ("text", "filepath")}
    assert json.loads((account.path / "sizes.json").read_text()) == {"00000.tar": 10}


@pytest.mark.parametrize("format", ["webdataset", "imagefolder"])
def test_images_that_cannot_be_used_are_left_out_and_named(
    format: str, small_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    account = export(small_graph, Selection(), tmp_path / "out", format=format)
    assert account.left_out == {"no image file": 3, "image cannot be decoded": 1}
    assert account.selected == account.written + sum(account.left_out.values())
    left_out = pd.read_csv(account.path / "left_out.tsv", sep="\t")
    assert left_out["pair"].tolist() == ["b:2:ontology:0"]


def test_shards_are_of_equal_size_up_to_the_last(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    selection = Selection.parse(disease=["psoriasis"])
    account = export(small_graph, selection, tmp_path / "shards", shard_pairs=2)
    sizes = json.loads((account.path / "sizes.json").read_text())
    assert sizes == {"00000.tar": 2, "00001.tar": 2, "00002.tar": 1}


def test_an_image_that_readers_do_not_decode_becomes_png(
    write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path
) -> None:
    from PIL import Image

    Image.new("CMYK", (8, 8)).save(tmp_path / "1.tif")
    graph = write_graph(
        tmp_path / "derm.kg",
        [{"image": "s:1", "root": str(tmp_path), "path": "1.tif"}],
        [("s:1", "depicts", "melanoma")],
    )
    account = export(graph, Selection(), tmp_path / "shards")
    with tarfile.open(account.path / "00000.tar") as shard, Image.open(shard.extractfile("s:1:ontology:0.png")) as png:  # type: ignore[arg-type]
        assert (png.format, png.mode, png.size) == ("PNG", "RGB", (8, 8))


def test_a_folder_has_each_image_once_in_its_split(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    selection = Selection.parse(shares="0.4,0.3,0.3", seed=5)
    account = export(small_graph, selection, tmp_path / "folder", format="imagefolder")
    rows = [
        {**json.loads(line), "folder": metadata.parent}
        for metadata in account.path.glob("*/metadata.jsonl")
        for line in metadata.read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) == account.written
    assert {row["folder"].name for row in rows} <= {"train", "validation", "test"}
    files = {row["folder"] / row["file_name"] for row in rows}
    assert files == {file for file in account.path.glob("*/*/*") if file.suffix != ".jsonl"}
    originals = {row["pair"]: row["filepath"] for row in tabulate(small_graph, selection).to_pylist()}
    for row in rows:
        assert (row["folder"] / row["file_name"]).read_bytes() == Path(originals[row["pair"]]).read_bytes()


def test_an_export_takes_the_place_of_an_older_one(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    export(small_graph, Selection(), tmp_path / "shards")
    account = export(small_graph, Selection.parse(source=["a"]), tmp_path / "shards")
    assert json.loads((account.path / "sizes.json").read_text()) == {"00000.tar": 7}
    assert not (account.path / "left_out.tsv").exists()
    assert [file.name for file in tmp_path.iterdir()] == ["shards"]


def test_a_folder_of_other_files_is_not_replaced(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="holds other files"):
        export(small_graph, Selection(), tmp_path, format="webdataset")
    assert (tmp_path / "thesis.tex").read_text() == "precious"
