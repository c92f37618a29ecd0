"""The commands of docs/export.md and docs/statistics.md, as they are typed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

import cli
from kg.errors import InputError

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


@pytest.fixture(scope="module")
def kg(small_graph: "KnowledgeGraph") -> Path:
    return small_graph.folder.parents[1]


def derm1m(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, list(map(str, arguments)), catch_exceptions=False)


def test_a_stratified_split_file_is_made_once_and_taken_later(kg: Path, tmp_path: Path) -> None:
    splits = tmp_path / "splits.tsv"
    train, test = tmp_path / "train.parquet", tmp_path / "test.parquet"
    options = ["--kg", kg, "--split-file", splits]
    made = derm1m(
        "export-pairs", *options, "--stratify", "condition", "--shares", "0.5,0,0.5", "--split", "train", "--out", train
    )
    assert "5 groups added to 0" in made.output
    before = splits.read_text()
    taken = derm1m("export-pairs", *options, "--split", "test", "--out", test)
    assert "0 groups added to 5" in taken.output
    assert pq.read_metadata(train).num_rows + pq.read_metadata(test).num_rows == 14
    assert splits.read_text() == before


def test_the_account_as_json_adds_up(kg: Path, tmp_path: Path) -> None:
    options = ["--texts", "caption,ontology", "--cap", "1", "--require-images", "--json"]
    told = json.loads(derm1m("export-pairs", "--kg", kg, *options, "--out", tmp_path / "pairs.csv").stdout)
    assert told["selected"] == told["written"] + sum(told["left_out"].values())
    assert set(told["composition"]["text_kinds"]) == {"caption", "ontology sentence"}
    assert all(Path(path).is_file() for path in told["companions"])


def test_a_csv_has_commas_on_request(kg: Path, tmp_path: Path) -> None:
    derm1m("export-pairs", "--kg", kg, "--separator", ",", "--out", tmp_path / "pairs.csv")
    assert (tmp_path / "pairs.csv").read_text(encoding="utf-8").startswith('"filepath","pair","title"')


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--min-tone-annotators", "3"], "is empty: of 14 pairs none is as asked"),
        (["--source", "b", "--allow-licence", "CC0", "--modality", "clinical"], "none is as asked"),
        (["--concept", "blue-whitish veil", "--texts", "concept", "--disease", "psoriasis"], "none is as asked"),
    ],
)
def test_a_selection_that_nothing_fits_is_told(kg: Path, tmp_path: Path, options: list[str], message: str) -> None:
    made = derm1m("export-pairs", "--kg", kg, *options, "--out", tmp_path / "pairs.csv")
    assert made.exit_code == 0
    assert "warning: " in made.stderr
    assert message in made.stderr
    assert "warning" not in derm1m("export-pairs", "--kg", kg, "--out", tmp_path / "all.csv").stderr


def test_stratify_without_a_file_says_how(kg: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--split-file"):
        derm1m("export-pairs", "--kg", kg, "--stratify", "condition", "--out", tmp_path / "pairs.csv")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("pairs.tsv", ["--separator", ","], "name a .csv"),
        ("pairs.jsonl", ["--separator", ","], "--separator is of .csv"),
        ("pairs.csv", ["--separator", ";;"], "one character"),
        ("pairs.csv", ["--separator", '"'], "no quote"),
        ("pairs.parquet", ["--escape-formulas"], "--escape-formulas is of .csv"),
        ("pairs.csv", ["--shard-pairs", "10"], "--shard-pairs is of WebDataset"),
        ("pairs.csv", ["--max-tokens", "20"], "--tokenizer"),
        ("pairs.csv", ["--at-least", "5", "--cap", "1"], "--balance"),
        ("pairs.csv", ["--confirmed-by", "biopsy"], "is confirmed by 'biopsy'"),
    ],
)
def test_an_option_that_would_not_be_heeded_is_refused(
    name: str, options: list[str], message: str, kg: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        derm1m("export-pairs", "--kg", kg, *options, "--out", tmp_path / name)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_shares_that_are_not_those_of_the_split_file_are_refused(kg: Path, tmp_path: Path) -> None:
    options = ["--kg", kg, "--split-file", tmp_path / "splits.tsv", "--out", tmp_path / "pairs.csv"]
    made = derm1m("export-pairs", *options, "--shares", "0.5,0,0.5", "--seed", "3")
    assert "5 groups added to 0; seed 3, shares 0.5, 0, 0.5" in made.output
    with pytest.raises(InputError, match=r"shares 0\.5, 0, 0\.5, not 0\.8, 0\.1, 0\.1"):
        derm1m("export-pairs", *options, "--shares", "0.8,0.1,0.1")
    derm1m("export-pairs", *options)
    card = (tmp_path / "pairs.csv.card.md").read_text(encoding="utf-8")
    assert '"shares"' not in card.split("- Selection:")[1].splitlines()[0]  # those of the file, not of the options


def test_a_sample_is_told_so_that_it_can_be_taken_again(kg: Path, tmp_path: Path) -> None:
    derm1m("export-pairs", "--kg", kg, "--cap", "1", "--seed", "4", "--out", tmp_path / "pairs.parquet")
    sample = '{"cap": 1, "seed": 4}'
    assert sample in (tmp_path / "pairs.parquet.card.md").read_text(encoding="utf-8")
    assert pq.read_schema(tmp_path / "pairs.parquet").metadata[b"sample"].decode() == sample


def test_validate_exits_with_one_where_something_is_wrong(kg: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.csv"
    derm1m("export-pairs", "--kg", kg, "--source", "a", "--out", out)
    assert derm1m("validate", out).exit_code == 0
    out.write_text(out.read_text(encoding="utf-8").replace("female", "F"), encoding="utf-8")
    broken = derm1m("validate", out)
    assert broken.exit_code == 1
    assert "a sex is female, male or other" in broken.output


def test_images_check_names_the_bad_file(kg: Path, tmp_path: Path) -> None:
    done = derm1m("images", "check", kg, "--ledger", tmp_path / "ledger", "--workers", "1")
    assert done.exit_code == 1
    assert "b:2: b2.jpg: truncated" in done.output
    assert "b:3: ../b1.jpg: path leaves the folder of its source" in done.output


def test_stats_writes_a_page_and_prints_numbers(kg: Path, tmp_path: Path) -> None:
    page = tmp_path / "stats.html"
    assert derm1m("stats", "--kg", kg, "--tokenizer", "", "--report", page).exit_code == 0
    assert "Research only, not for clinical use" in page.read_text(encoding="utf-8")
    told = json.loads(derm1m("stats", "--kg", kg, "--tokenizer", "", "--json").stdout)
    assert (told["images"], told["pairs"]) == (7, 14)
