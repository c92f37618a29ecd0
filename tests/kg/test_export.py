"""Exports: every selected pair is written or accounted for, and real readers take what is written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq
import pytest

from kg.errors import InputError
from kg.export import EXPORT, export, tabulate
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

FORMULA = '=1+1 a rash,\twith "quotes"\nand a second line'


def record(graph: "KnowledgeGraph", pair: str) -> dict[str, object]:
    return next(row for row in tabulate(graph, Selection()).to_pylist() if row["pair"] == pair)


def test_a_row_says_what_is_known_of_the_pair(small_graph: "KnowledgeGraph", ontology: "Ontology") -> None:
    row = record(small_graph, "a:1:caption:0")
    path = [term.curie for term in ontology.path("plaque psoriasis")]
    assert row["conditions"] == [path[-1]]
    assert row["labels"] == ["plaque psoriasis"]
    assert [row[f"level_{n}"] for n in (1, 2, 3, 4)] == path
    assert row["findings"] == ["plaque", "silvery scale"]
    assert row["artifacts"] == ["ruler"]
    assert row["symptoms"] == ["pruritus"]
    assert row["sites"] == ["elbow"]
    assert row["skin_tone"] == ["Fitzpatrick skin type V", "Fitzpatrick skin type VI"]
    assert row["history"] == ["melanoma (family)", "smoking"]
    assert (row["age"], row["sex"], row["patient"], row["group"]) == (40, "female", "a:P1", "a:P1")


def test_what_is_absent_or_suspected_is_no_label(small_graph: "KnowledgeGraph") -> None:
    denied = record(small_graph, "a:2:ontology:0")
    assert denied["symptoms"] == []
    assert "smoking" not in denied["history"]  # type: ignore[operator]
    assert record(small_graph, "b:2:ontology:0")["labels"] == ["seborrheic keratosis"]
    assert record(small_graph, "b:4:concept:0")["findings"] == []


def test_a_group_has_no_condition_at_the_levels_below_its_own(small_graph: "KnowledgeGraph") -> None:
    row = record(small_graph, "b:4:ontology:0")
    assert row["labels"] == ["basal cell carcinoma"]
    assert row["level_3"] == row["conditions"][0]  # type: ignore[index]
    assert row["level_4"] is None


def test_a_file_that_is_absent_or_out_of_its_folder_has_no_path(small_graph: "KnowledgeGraph") -> None:
    rows = tabulate(small_graph, Selection()).to_pylist()
    assert {row["image"] for row in rows if row["filepath"] is None} == {"b:3", "b:4"}
    assert all(Path(row["filepath"]).is_absolute() for row in rows if row["filepath"])


def test_parquet_has_the_schema_and_says_where_it_comes_from(
    small_graph: "KnowledgeGraph", ontology: "Ontology", tmp_path: Path
) -> None:
    account = export(small_graph, Selection.parse(disease=["melanoma"], seed=4), tmp_path / "pairs.parquet")
    written = pq.read_table(account.path)
    assert written.schema.equals(EXPORT)
    assert set(written["image"].to_pylist()) == {"a:v1.2/3", "b:1"}
    told = {key.decode(): value.decode() for key, value in pq.read_schema(account.path).metadata.items()}
    assert (told["ontology_version"], told["ontology_sha256"]) == (ontology.version, ontology.sha256)
    assert json.loads(told["selection"])["diseases"] == ["melanoma"]
    assert {source["licence"] for source in json.loads(told["sources"])} == {"CC0"}
    assert told["build"] == small_graph.info["build"]


@pytest.mark.parametrize(("name", "separator"), [("pairs.csv", "\t"), ("pairs.csv", ","), ("pairs.tsv", "\t")])
def test_a_table_of_text_keeps_quotes_tabs_and_line_ends(
    name: str, separator: str, small_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    account = export(small_graph, Selection(), tmp_path / name, separator=separator)
    table = pd.read_csv(account.path, sep=separator)
    expected = tabulate(small_graph, Selection())
    assert table["title"].tolist() == expected["text"].to_pylist()
    assert table["filepath"].fillna("").tolist() == [path or "" for path in expected["filepath"].to_pylist()]
    assert table["findings"][0] == "plaque|silvery scale"
    assert account.selected == account.written == len(table) == expected.num_rows
    assert account.without_image == 3


def test_formulas_are_escaped_on_request(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    plain = export(small_graph, Selection(), tmp_path / "plain.csv")
    safe = export(small_graph, Selection(), tmp_path / "safe.csv", escape_formulas=True)
    assert pd.read_csv(plain.path, sep="\t")["title"][0] == FORMULA
    assert pd.read_csv(safe.path, sep="\t")["title"][0] == f"'{FORMULA}"
    assert (plain.escaped, safe.escaped) == (0, 1)
    assert "1 cell escaped that a spreadsheet would run" in safe.as_text()


def test_pairs_without_an_image_can_be_left_out_and_are_counted(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(small_graph, Selection(), tmp_path / "pairs.parquet", require_images=True)
    assert account.left_out == {"no image file": 3}
    assert account.selected == account.written + 3
    assert pq.read_table(account.path)["filepath"].null_count == 0
    assert "3 left out: no image file" in account.as_text()


def test_the_account_counts_splits(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(small_graph, Selection.parse(shares="0,0,1"), tmp_path / "pairs.parquet")
    assert account.splits == {"test": account.written}
    assert json.loads(json.dumps(account.as_dict()))["written"] == account.written


def test_a_selection_of_nothing_is_an_empty_table(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(small_graph, Selection.parse(disease=["rosacea"]), tmp_path / "pairs.parquet")
    assert account.written == 0
    assert pq.read_table(account.path).schema.equals(EXPORT)


def test_lines_of_json_hold_the_row_and_the_facts_by_relation(
    small_graph: "KnowledgeGraph", ontology: "Ontology", tmp_path: Path
) -> None:
    account = export(small_graph, Selection(), tmp_path / "pairs.jsonl")
    lines = [json.loads(line) for line in account.path.read_text(encoding="utf-8").splitlines()]
    facts = {line["pair"]: line.pop("facts") for line in lines}
    assert lines == [{name: row[name] for name in lines[0]} for row in tabulate(small_graph, Selection()).to_pylist()]
    assert set(lines[0]) == set(EXPORT.names)
    assert facts["b:2:ontology:0"] == {
        "depicts": [ontology.term("seborrheic keratosis").curie],
        "rulesOut": [ontology.term("melanoma").curie],
        "suspects": [ontology.term("nodular melanoma").curie],
    }


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.parquet", "pairs.jsonl", "shards", "folder"])
def test_the_same_selection_is_the_same_bytes(name: str, small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    def write(folder: Path) -> dict[str, bytes]:
        format = "imagefolder" if name == "folder" else None
        export(small_graph, Selection(), folder / name, format=format)
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    assert write(tmp_path / "one") == write(tmp_path / "other")


def test_an_export_that_fails_leaves_the_older_one(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    out = tmp_path / "pairs.parquet"
    export(small_graph, Selection(), out)
    before, companion = out.read_bytes(), out.with_name("pairs.parquet.croissant.json")
    with pytest.raises(InputError):
        export(small_graph, Selection.parse(disease=["plaque psoriasys"]), out)
    assert out.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [out, out.with_name("pairs.parquet.card.md"), companion]


def test_a_place_that_cannot_be_written_is_named(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file.pairs\.csv cannot be written"):
        export(small_graph, Selection(), tmp_path / "file" / "pairs.csv")


def test_an_unknown_suffix_asks_for_the_format(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--format"):
        export(small_graph, Selection(), tmp_path / "pairs.xlsx")


def test_sources_with_another_licence_are_left_out_and_counted(
    write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path
) -> None:
    images = [{"image": "free:1"}, {"image": "free:2"}, {"image": "bound:1"}]
    facts = [(image["image"], "depicts", "melanoma") for image in images]
    graph = write_graph(tmp_path / "derm.kg", images, facts, licences={"free": "CC BY 4.0", "bound": "CC BY-NC 4.0"})
    account = export(graph, Selection(), tmp_path / "pairs.parquet", allow_licences=["cc-by-4.0"])
    assert pq.read_table(account.path)["source"].to_pylist() == ["free", "free"]
    assert account.left_out == {"licence CC BY-NC 4.0 is not allowed": 1}
    with pytest.raises(InputError, match=r"the graph has CC BY 4\.0, CC BY-NC 4\.0"):
        export(graph, Selection(), tmp_path / "pairs.parquet", allow_licences=["MIT"])


def test_the_card_tells_what_the_export_holds(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(small_graph, Selection(), tmp_path / "pairs.tsv", require_images=True)
    card = account.companions[0].read_text(encoding="utf-8")
    assert "not for clinical use" in card
    assert "- Left out: 3 pairs, no image file" in card
    assert "| a | CC0 | 7 | 3 | 60.0% |" in card
    assert "| caption | 2 |" in card
    assert "| Monk skin tone 8 | 2 | 1 |" in card
    assert "| skin tone | 6 |" in card


def test_every_pair_node_is_a_row_by_kind_of_text(atlas_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    selection = Selection.parse(text_kind=["caption,ontology,concept"])
    account = export(atlas_graph, selection, tmp_path / "pairs.parquet")
    kinds = "MATCH (p:Pair) RETURN p.text_kind AS kind, count(p) AS pairs"
    nodes = {row["kind"]: row["pairs"] for row in atlas_graph.cypher(kinds).to_pylist()}
    assert account.composition.text_kinds == nodes
    rows = atlas_graph.cypher("MATCH (p:Pair) RETURN p.id AS pair, p.text AS text ORDER BY pair").to_pylist()
    written = pq.read_table(account.path, columns=["pair", "text"]).sort_by("pair").to_pylist()
    assert written == rows


@pytest.fixture(scope="module")
def pad_graph(real_data: Path, ontology: "Ontology", tmp_path_factory: pytest.TempPathFactory) -> "KnowledgeGraph":
    from kg.build import build
    from kg.graph import KnowledgeGraph

    out = tmp_path_factory.mktemp("pad") / "derm.kg"
    build([("pad-ufes-20", real_data / "pad_ufes_20")], out, ontology=ontology, progress=False)
    return KnowledgeGraph.open(out)


@pytest.fixture(scope="module")
def pad_table(pad_graph: "KnowledgeGraph", tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    account = export(pad_graph, Selection(), tmp_path_factory.mktemp("pad") / "pad.csv")
    return pd.read_csv(account.path, sep="\t", keep_default_na=False, na_values=[""]).drop_duplicates("image")


def has(column: str, name: str) -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    return lambda table: table[column].fillna("").map(lambda cell: name in cell.split("|"))


def says(column: str, value: bool) -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    return lambda table: table[column].astype(str) == str(value)


Rows = Callable[[pd.DataFrame], "pd.Series[bool]"]

COUNTS: list[tuple[Selection, Rows, Rows | None]] = [  # the same images by selection, in the source and in the export
    (Selection(history=("smoking",)), says("smoke", True), has("history", "smoking")),
    (Selection(history=("no smoking",)), says("smoke", False), None),
    (Selection(history=("history of skin cancer",)), says("skin_cancer_history", True), None),
    (Selection(symptoms=("itch",)), says("itch", True), has("symptoms", "pruritus")),
    (Selection(symptoms=("no itch",)), says("itch", False), None),
    (Selection(symptoms=("bleeding",)), says("bleed", True), has("symptoms", "bleeding")),
    (Selection(sex=("female",)), lambda t: t["gender"] == "FEMALE", lambda t: t["sex"] == "female"),
    (Selection(age=(40, 60)), lambda t: t["age"].between(40, 60), lambda t: t["age"].between(40, 60)),
    (Selection(age=(None, 39)), lambda t: t["age"] <= 39, lambda t: t["age"] <= 39),
    (
        Selection(history=("smoking",), symptoms=("itch",), sex=("male",), age=(50, None)),
        lambda t: says("smoke", True)(t) & says("itch", True)(t) & (t["gender"] == "MALE") & (t["age"] >= 50),
        None,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("case", COUNTS, ids=lambda case: json.dumps(case[0].as_dict()))
def test_counts_of_pad_ufes_20_are_those_of_its_table(
    case: tuple[Selection, Rows, Rows | None], real_data: Path, pad_graph: "KnowledgeGraph", pad_table: pd.DataFrame
) -> None:
    selection, of_source, of_export = case
    count = int(of_source(pd.read_csv(real_data / "pad_ufes_20" / "metadata.csv")).sum())
    assert len(set(selection.apply(pad_graph)["image"].to_pylist())) == count > 0
    if of_export:
        assert int(of_export(pad_table).sum()) == count


@pytest.mark.slow
def test_cancer_of_pad_ufes_20_is_in_the_history_by_either_column(real_data: Path, pad_graph: "KnowledgeGraph") -> None:
    """*History of cancer* takes in that of skin cancer, which the source has in a column of its own."""
    source = pd.read_csv(real_data / "pad_ufes_20" / "metadata.csv")
    count = int((says("cancer_history", True)(source) | says("skin_cancer_history", True)(source)).sum())
    selected = Selection(history=("history of cancer",)).apply(pad_graph)
    assert len(set(selected["image"].to_pylist())) == count


@pytest.mark.slow
def test_all_images_of_pad_ufes_20_are_exported(pad_table: pd.DataFrame) -> None:
    assert len(pad_table) == 2298
    assert pad_table.groupby("patient")["split"].nunique().max() == 1
