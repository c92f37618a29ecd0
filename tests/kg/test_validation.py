"""Validation against the SHACL shapes: each planted fault is found, on the rows and by pySHACL alike."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from kg.errors import InputError
from kg.export import export
from kg.selection import Selection
from kg.tables import Shard, Vocabulary, read_shard, read_vocabulary, shard_names, write_shard
from kg.validation import (
    is_export,
    read_shapes,
    shapes_file,
    validate_export,
    validate_graph,
    validate_rdf,
    validate_table,
)
from kg.validation.shacl import check_shard
from kg.validation.validation import compare

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

LONG = "word " * 20_001

FAULTS: list[tuple[str, dict[str, Any], int, str]] = [  # table, cells of a row to change, row, part of the message
    ("pairs", {"pair": "no-colon"}, 0, "source:key:kind:number"),
    ("pairs", {"pair": "a:1:poem:0"}, 0, "source:key:kind:number"),
    ("pairs", {"text_kind": "poem"}, 1, "a caption, an ontology sentence or"),
    ("pairs", {"text": ""}, 2, "says something"),
    ("pairs", {"text": " \n\t"}, 2, "more than spaces"),
    ("pairs", {"text": LONG}, 3, "hardly a caption"),
    ("pairs", {"source": "nowhere"}, 3, "a pair has one source"),
    ("pairs", {"pair": "a:1:caption:0"}, 1, "one text that says"),  # one node with two texts and two kinds
    ("images", {"age": 130}, 0, "0 to 120 years"),
    ("images", {"age": -1}, 0, "0 to 120 years"),
    ("images", {"sex": "F"}, 1, "female, male or other"),
    ("images", {"modality": "x-ray"}, 1, "clinical, dermoscopic"),
    ("images", {"path": "/etc/passwd"}, 2, "relative to the folder"),
    ("images", {"path": "a/../../b.jpg"}, 2, "does not climb"),
    ("images", {"patient": "P1"}, 0, "a patient is named"),
    ("images", {"lesion": ":L1"}, 3, "a lesion is named"),
    ("images", {"source": "nowhere"}, 0, "an image has one source"),
    ("facts", {"relation": "shows"}, 0, "shows a finding"),
    ("facts", {"relation": "atSite"}, 0, "taken at a body site"),
    ("facts", {"relation": "depicts"}, 5, "depicts a disease"),
    ("facts", {"weight": 1.5}, 0, "from 0 to 1"),
    ("facts", {"rank": 0}, 0, "a rank counts from 1"),
    ("facts", {"rule": ""}, 0, "how the words were linked"),
    ("facts", {"confirmed_by": "guess"}, 0, "confirmed by"),
    ("facts", {"who": "neighbour"}, 0, "of the patient, the family"),
]


@pytest.fixture(scope="module")
def sound(small_graph: "KnowledgeGraph") -> tuple[Shard, Vocabulary]:
    """A shard without the two images of the small graph whose path climbs out of its folder or is missing."""
    [name] = shard_names(small_graph.folder)
    shard, wanted = read_shard(small_graph.folder, name), ["a:1", "a:2", "a:v1.2/3", "b:1", "b:2", "b:4"]
    parts = [
        table.filter(pa.compute.is_in(table["image"], pa.array(wanted)))
        for table in (shard.images, shard.pairs, shard.facts)
    ]
    return Shard(*parts), read_vocabulary(small_graph.folder)


def plant(shard: Shard, table: str, cells: dict[str, Any], row: int) -> Shard:
    parts = {name: getattr(shard, name) for name in ("images", "pairs", "facts")}
    rows = parts[table].to_pylist()
    rows[row] |= cells
    return Shard(**{**parts, table: pa.Table.from_pylist(rows, parts[table].schema)})


def test_a_sound_shard_conforms_both_ways(sound: tuple[Shard, Vocabulary]) -> None:
    assert compare(*sound, read_shapes()) == []
    assert len(check_shard(*sound)) == 0


@pytest.mark.parametrize(("table", "cells", "row", "message"), FAULTS)
def test_a_planted_fault_is_found_on_the_rows_and_by_shacl_alike(
    table: str, cells: dict[str, Any], row: int, message: str, sound: tuple[Shard, Vocabulary]
) -> None:
    shard = plant(sound[0], table, cells, row)
    by_engine = check_shard(shard, sound[1])
    assert any(message in said for said in by_engine["message"].to_pylist())
    assert compare(shard, sound[1], read_shapes()) == []


def test_findings_name_file_row_column_and_value(write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path) -> None:
    images = [{"image": "s:1", "age": 40}, {"image": "s:2", "age": 400, "sex": "F"}]
    graph = write_graph(tmp_path / "derm.kg", images, [("s:1", "depicts", "acne"), ("s:2", "depicts", "acne")])
    report = validate_graph(graph)
    assert not report.conforms
    assert report.sampled == 2
    assert report.disagreements == ()
    assert report.rows(5) == [
        ("Violation", "images/00000.parquet", "2", "age", "400", "an age is from 0 to 120 years"),
        ("Violation", "images/00000.parquet", "2", "sex", "F", "a sex is female, male or other"),
    ]
    assert "1 × an age is from 0 to 120 years" in report.summary()


def test_an_id_of_two_shards_is_found(write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path) -> None:
    graph = write_graph(tmp_path / "derm.kg", [{"image": "s:1"}], [("s:1", "depicts", "acne")])
    write_shard(graph.folder, "00001", read_shard(graph.folder, "00000"))
    found = validate_graph(graph, sample=0).findings.to_pylist()
    assert [(row["file"], row["row"], row["value"]) for row in found] == [
        ("images/00001.parquet", 1, "s:1"),
        ("pairs/00001.parquet", 1, "s:1:ontology:0"),
    ]


def test_a_pair_of_an_image_that_is_not_there_is_found(sound: tuple[Shard, Vocabulary]) -> None:
    from kg.validation.columns import Known, check_table

    shard = plant(sound[0], "pairs", {"image": "a:9"}, 0)
    known = Known({"images": shard.images["image"], "sources": sound[1].sources["source"]}, {})
    [shape] = [shape for shape in read_shapes() if shape.table == "pairs"]
    [finding] = check_table(shard.pairs, shape, known, "pairs").to_pylist()
    assert (finding["row"], finding["column"], finding["constraint"]) == (1, "image", "class")


def test_a_sound_graph_of_the_atlas_conforms(atlas_graph: "KnowledgeGraph") -> None:
    report = validate_graph(atlas_graph, sample=20)
    assert report.conforms
    assert (report.checked["images"], report.sampled) == (300, 20)


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.tsv", "pairs.parquet", "pairs.jsonl"])
def test_an_exported_table_conforms_and_a_broken_one_does_not(
    name: str, small_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    path = export(small_graph, Selection.parse(source=["a"]), tmp_path / name).path
    assert validate_table(path).conforms
    if path.suffix != ".parquet":
        path.write_text(path.read_text(encoding="utf-8").replace("ontology sentence", "poem"), encoding="utf-8")
        report = validate_table(path)
        assert not report.conforms
        assert report.rows(1)[0][1:5] == (name, "2", "text_kind", "poem")


@pytest.mark.parametrize("format", ["webdataset", "imagefolder"])
def test_an_exported_folder_conforms(format: str, small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    account = export(
        small_graph, Selection(), tmp_path / "out", format=format, shard_pairs=4 if format == "webdataset" else None
    )
    assert is_export(account.path)
    report = validate_export(account.path)
    assert report.conforms
    assert report.checked == {"rows": account.written}


def test_a_line_that_is_wrong_and_a_picture_that_is_gone_are_found(
    small_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    folder = export(small_graph, Selection.parse(source=["a"]), tmp_path / "out", format="imagefolder").path
    file = next(folder.glob("*/metadata.jsonl"))
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0].replace("female", "F").replace("male", "F"), *lines[1:]]), encoding="utf-8")
    gone = json.loads(lines[0])["file_name"]
    (file.parent / gone).unlink()
    said = {(row[3], row[4]) for row in validate_export(folder).rows(9)}
    assert {("sex", "F"), ("file_name", gone)} <= said


def test_a_shard_that_lacks_members_is_found(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    folder = export(small_graph, Selection(), tmp_path / "out", format="webdataset").path
    with tarfile.open(folder / "00000.tar") as shard:
        shard.extractall(tmp_path / "members", filter="data")
        names = shard.getnames()
    gone = next(name for name in names if name.endswith(".txt"))
    with tarfile.open(folder / "00000.tar", "w") as shard:
        for name in names:
            if name != gone and not name.startswith("b:1:ontology"):
                shard.add(tmp_path / "members" / name, name)
    rows = validate_export(folder).rows(9)
    assert {row[3:] for row in rows} >= {
        ("text", "", "a pair of a shard has a picture, a text and labels"),
        ("sizes.json", "10", "sizes.json tells how many pairs a shard has"),
    }


def test_a_broken_shard_is_named(small_graph: "KnowledgeGraph", tmp_path: Path) -> None:
    folder = export(small_graph, Selection(), tmp_path / "out", format="webdataset").path
    (folder / "00000.tar").write_bytes(b"no archive")
    with pytest.raises(InputError, match=r"00000\.tar: cannot be read as an export"):
        validate_export(folder)


def test_rdf_is_checked_whole(tmp_path: Path) -> None:
    path = tmp_path / "pair.ttl"
    path.write_text(
        "@prefix d1m: <https://w3id.org/derm1m/vocab#> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
        'd1m:x a d1m:Source ; dcterms:identifier "s" ; d1m:citation "S" .'
    )
    report = validate_rdf(path)
    assert report.conforms
    assert report.rows(5)[0] == ("Warning", "pair.ttl", "", "", "", "a source says under which terms it may be used")


def test_what_is_no_table_of_pairs_or_no_rdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ages.csv").write_text("age\n1\n")
    (tmp_path / "notes.ttl").write_text("not rdf at all")
    with pytest.raises(InputError, match="no columns pair, image and source"):
        validate_table(tmp_path / "ages.csv")
    with pytest.raises(InputError, match="no RDF can be read"):
        validate_rdf(tmp_path / "notes.ttl")


def test_a_shape_that_tables_cannot_be_checked_by_is_refused(tmp_path: Path) -> None:
    text = shapes_file().read_text(encoding="utf-8")
    path = tmp_path / "shapes.ttl"
    path.write_text(text.replace("sh:minLength 1", "sh:uniqueLang true"), encoding="utf-8")
    with pytest.raises(InputError, match="sh:uniqueLang cannot be checked on tables"):
        read_shapes(path)
