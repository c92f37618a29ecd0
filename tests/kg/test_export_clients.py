"""Exports as their users' own programs read them: open_clip, webdataset, Hugging Face's datasets, mlcroissant."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.export import export, tabulate
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

DOCS = Path(__file__).parents[2] / "docs"
FORMULA = '=1+1 a rash,\twith "quotes"\nand a second line'
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "patch_size": 16, "head_width": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


def test_open_clip_reads_the_table_with_its_defaults(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    from open_clip_train.data import CsvDataset
    from open_clip_train.params import parse_args

    account = export(small_graph, Selection.parse(source=["a"]), tmp_path / "pairs.csv")
    told = parse_args(["--train-data", str(account.path)])
    data = CsvDataset(
        told.train_data,
        transforms=lambda image: image.size,
        img_key=told.csv_img_key,
        caption_key=told.csv_caption_key,
        sep=told.csv_separator,
        tokenizer=list,
    )
    assert len(data) == account.written
    assert data[0] == ((32, 24), FORMULA)


def test_open_clip_makes_batches_of_the_shards(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    from open_clip_train.data import get_wds_dataset
    from open_clip_train.params import parse_args

    account = export(small_graph, Selection(), tmp_path / "shards", shard_pairs=5)
    shards = f"{account.path}/{{00000..00001}}.tar"
    told = parse_args(["--train-data", shards, "--batch-size", "5", "--workers", "0"])
    told.world_size = 1
    data = get_wds_dataset(told, lambda image: image.size, is_train=True, tokenizer=lambda text: [text])
    assert data.dataloader.num_samples == account.written == 10
    batches = list(data.dataloader)
    assert [len(texts) for _, texts in batches] == [5, 5]
    assert {text for _, texts in batches for text in texts} <= set(
        tabulate(small_graph, Selection())["text"].to_pylist()
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pairs.csv", "shards"])
def test_open_clip_trains_on_the_export(name: str, atlas_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(atlas_graph, Selection.parse(text_kind=["caption"]), tmp_path / name)
    (tmp_path / "tiny.json").write_text(json.dumps(TINY))
    data = str(account.path / "00000.tar") if account.path.is_dir() else str(account.path)
    start = "import open_clip; open_clip.add_model_config('tiny.json'); from open_clip_train.main import main; "
    options = ["--train-data", data, "--model", "tiny", "--batch-size", "150", "--epochs", "1", "--workers", "0"]
    options += ["--precision", "fp32", "--device", "cpu", "--warmup", "1", "--log-every-n-steps", "1", "--name", "run"]
    done = subprocess.run(
        [sys.executable, "-c", f"{start}import sys; main(sys.argv[1:])", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "logs" / "run" / "checkpoints" / "epoch_1.pt").is_file()
    assert "300/300" in done.stderr


def test_webdataset_reads_the_shards(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    import webdataset

    account = export(small_graph, Selection(), tmp_path / "shards")
    shards = webdataset.WebDataset(str(account.path / "00000.tar"), shardshuffle=False).decode("pilrgb")
    rows = list(shards.rename(image="jpg;png").to_tuple("image", "txt", "json"))
    assert len(rows) == account.written
    assert rows[0][0].size == (32, 24)
    assert rows[0][1] == FORMULA
    assert rows[0][2]["labels"] == ["plaque psoriasis"]


def test_datasets_loads_the_folder_with_its_splits(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    import datasets

    selection = Selection.parse(shares="0.4,0.3,0.3", seed=5)
    account = export(small_graph, selection, tmp_path / "folder", format="imagefolder")
    loaded = datasets.load_dataset(str(account.path), cache_dir=str(tmp_path / "cache"))
    names = {"val": "validation"}
    assert {name: len(rows) for name, rows in loaded.items()} == {
        names.get(split, split): count for split, count in account.splits.items()
    }
    known = {row["pair"]: row for row in tabulate(small_graph, selection).to_pylist()}
    for rows in loaded.values():
        for row in rows:
            assert row["text"] == known[row["pair"]]["text"]
            assert row["labels"].split("|") == known[row["pair"]]["labels"]
            assert row["image"].size == (32, 24)


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.parquet", "pairs.jsonl", "shards", "folder"])
def test_the_description_is_valid_croissant(name: str, small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    import mlcroissant

    format = "imagefolder" if name == "folder" else None
    account = export(small_graph, Selection(), tmp_path / name, format=format)
    metadata = mlcroissant.Dataset(str(account.companions[1])).metadata
    assert metadata.license == ["CC0"]
    assert metadata.version == "2026.102.30405+20260102T030405Z-0a1b2c"
    assert not metadata.ctx.issues.warnings


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.tsv", "pairs.parquet", "pairs.jsonl", "folder"])
def test_the_records_of_the_description_are_the_pairs(name: str, small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    import mlcroissant

    format = "imagefolder" if name == "folder" else None
    selection = Selection.parse(source=["a"])
    account = export(small_graph, selection, tmp_path / name, format=format)
    records: list[dict[str, Any]] = list(mlcroissant.Dataset(str(account.companions[1])).records("pairs"))
    pairs = [record["pairs/pair"].decode() for record in records]
    assert sorted(pairs) == sorted(tabulate(small_graph, selection)["pair"].to_pylist())


def test_the_records_of_shards_are_joined_by_their_key(
    small_graph: "KnowledgeGraph", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlcroissant
    from etils import epath
    from mlcroissant._src.operation_graph.operations import extract

    monkeypatch.setattr(extract, "EXTRACT_PATH", epath.Path(tmp_path / "cache"))  # CROISSANT_CACHE is read at import
    for source in ("a", "b"):  # the second has shards of the same names
        selection = Selection.parse(source=[source])
        account = export(small_graph, selection, tmp_path / source / "shards", shard_pairs=2)
        shards = {path.name: str(path) for path in account.path.glob("*.tar")}
        described = mlcroissant.Dataset(str(account.companions[1]), mapping=shards)
        images, texts, facts = (
            {record[f"{name}/key"]: record[f"{name}/{field}"] for record in described.records(name)}
            for name, field in (("images", "image"), ("texts", "text"), ("facts", "facts"))
        )
        assert images.keys() == texts.keys() == facts.keys()
        known = {row["pair"]: row for row in tabulate(small_graph, selection).to_pylist()}
        read = {json.loads(facts[key])["pair"]: (key, json.loads(facts[key])) for key in facts}
        assert len(read) == account.written
        for pair, (key, said) in read.items():
            assert texts[key].decode() == known[pair]["text"]
            assert said["labels"] == known[pair]["labels"]
            assert images[key].size == (32, 24)


def test_the_documented_program_reads_images_and_texts(
    small_graph: "KnowledgeGraph", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = export(small_graph, Selection(), tmp_path / "shards")
    program = (DOCS / "export.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    program += "\nprint(*sorted(text for image, text in images if image.size == (32, 24)), sep='\\0', end='')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "CROISSANT_CACHE": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    texts = [row["text"] for row in tabulate(small_graph, Selection()).to_pylist() if row["filepath"]]
    assert len(done.stdout.split("\0")) == account.written
    assert set(done.stdout.split("\0")) <= set(texts)


def test_a_shard_is_read_by_no_other_name_than_its_content(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    import mlcroissant

    account = export(small_graph, Selection.parse(source=["a"]), tmp_path / "shards")
    described = mlcroissant.Dataset(str(account.companions[1]))
    with pytest.raises(Exception, match="Download"):  # a cache of another export is never taken: shards are mapped
        list(described.records("texts"))
