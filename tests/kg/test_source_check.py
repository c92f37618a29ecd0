"""A source is looked at before it is built: names that are no terms, what links, labels that no caption mentions."""

from pathlib import Path

import pytest

from kg.alignment import align
from kg.ontology import Ontology
from kg.source_check import check_data, check_names
from kg.sources import SourceSpec, describe, read
from kg.sources.declaration import load_specification
from kg.suspicion import suspicious_labels

WARD = """
title = "Ward"
licence = "CC0"
citation = "Nobody. Ward."
format_seen = "made for the tests"
captions = ["note"]
[[table]]
file = "ward.csv"
[image]
key = "photo"
[[fact]]
role = "condition"
column = "dx"
values = { PSO = "psoriasis" }
[[fact]]
role = "finding"
terms = { scaly = "scalee" }
present = [1]
"""


def ward(folder: Path, text: str = WARD, rows: str = "") -> SourceSpec:
    (folder / "source.toml").write_text(text, encoding="utf-8")
    (folder / "ward.csv").write_text("photo,dx,note,scaly\n" + rows, encoding="utf-8")
    return load_specification(folder / "source.toml", "ward")


def test_name_that_is_no_term_is_told_with_its_entry_and_the_most_alike(tmp_path: Path, ontology: Ontology) -> None:
    assert check_names(ward(tmp_path), ontology) == ["fact 2 (scaly): 'scalee' names no finding; perhaps 'scale'"]


def test_columns_are_told_with_what_links(tmp_path: Path, ontology: Ontology) -> None:
    spec = ward(tmp_path, WARD.replace("scalee", "scale"), "a,PSO,,1\nb,moon pox,,\nc,moon pox,,1\nc,acne,,\n")
    check = check_data(spec, tmp_path, ontology)
    assert (check.rows, check.images, check.available, check.rejected) == (4, 3, 0, {"duplicate key": 1})
    assert [(c.role, c.column, c.images, c.linked, c.unlinked) for c in check.columns] == [
        ("condition", "dx", 3, 1, (("moon pox", 2),)),
        ("finding", "scaly", 2, 2, ()),
    ]


def test_labels_that_link_by_a_rule_that_is_often_wrong_are_told(tmp_path: Path, ontology: Ontology) -> None:
    spec = ward(tmp_path, WARD.replace("scalee", "scale"), "a,nevus,,\nb,nevus,A nevus.,\nc,acne,,\n")
    told = {column.column: column.unsure for column in check_data(spec, tmp_path, ontology).columns}
    assert told["dx"] == (("nevus", "common melanocytic nevus", "broad synonym", 2),)


def test_only_so_many_rows_are_read(tmp_path: Path, ontology: Ontology) -> None:
    spec = ward(tmp_path, rows="".join(f"{number},acne,,\n" for number in range(50)))
    assert check_data(spec, tmp_path, ontology, most=7).rows == 7


def rows_of(label: str, texts: list[str], first: int = 0) -> str:
    return "".join(f"{label[0]}{first + number},{label},{text},\n" for number, text in enumerate(texts))


def test_label_that_its_captions_hardly_mention_is_suspicious(tmp_path: Path, ontology: Ontology) -> None:
    rows = rows_of("psoriasis", ["Plaque psoriasis of the knee."] * 9 + ["A knee."])
    rows += rows_of("rosacea", ["A red face."] * 10)
    rows += rows_of("scabies", ["A red hand."] * 4)
    rows += rows_of("eczema", [""] * 10)
    spec = ward(tmp_path, WARD.replace("scalee", "scale"), rows)
    found = check_data(spec, tmp_path, ontology, least=5).suspicious
    assert [(each.term.label, each.images, each.mentioned) for each in found] == [("rosacea", 10, 0)]
    assert found[0].usual == pytest.approx(9 / 24)


def test_captions_that_never_name_a_disease_make_no_label_suspicious(tmp_path: Path, ontology: Ontology) -> None:
    spec = ward(tmp_path, WARD.replace("scalee", "scale"), rows_of("rosacea", ["A red face."] * 10))
    assert check_data(spec, tmp_path, ontology, least=1).suspicious == ()


def test_derm1m_labels_that_are_a_labellers_default(real_data: Path, ontology: Ontology) -> None:
    """The full table has 47,510 rows of allergic contact dermatitis and 15,906 of irritated seborrheic keratosis."""
    reading = read("derm1m", real_data / "derm1m" / "derm1m_v2_sample_100.csv", progress=False)
    found = suspicious_labels(align(reading, ontology).facts, reading.captions, ontology, least=5)
    assert {"allergic contact dermatitis", "irritated seborrheic keratosis"} <= {each.term.label for each in found}
    assert len(found) <= 4


def test_names_of_every_source_are_terms(ontology: Ontology) -> None:
    assert check_names(describe("scin"), ontology) == []
