"""Labels that link by a rule that is often wrong are applied, counted in the account and listed."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from kg.build import build
from kg.graph import KnowledgeGraph

if TYPE_CHECKING:
    from kg.ontology import Ontology

SPECIFICATION = """
title = "Ward"
licence = "CC0"
citation = "Ward"
format_seen = "written for this test"
captions = ["note"]
[[table]]
file = "ward.csv"
[image]
key = "id"
[[fact]]
role = "condition"
column = "dx"
"""
ROWS = ["id,dx,note", "1,ulcer,", "2,Ulcer,", "3,ulcer,", "4,acne,", "5,psoriasis,a plaque with an ulcer"]


def test_labels_that_link_by_a_related_synonym_are_listed(tmp_path: Path, ontology: "Ontology") -> None:
    (tmp_path / "source.toml").write_text(SPECIFICATION, encoding="utf-8")
    (tmp_path / "ward.csv").write_text("\n".join(ROWS), encoding="utf-8")
    account = build([("ward 3", tmp_path)], tmp_path / "derm.kg", ontology=ontology, processes=1, progress=False)

    assert account.unsure == {"ward 3": {"related synonym": 3}}
    told = "ward 3: 3 facts of labels that link by a related synonym only: see unsure.csv"
    assert told in account.as_text().splitlines()
    graph = KnowledgeGraph.open(tmp_path / "derm.kg")
    assert graph.info["unsure"] == account.unsure
    with (graph.folder / "unsure.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["source"], row["column"], row["surface"], row["count"]) for row in rows] == [
        ("ward 3", "dx", "ulcer", "2"),
        ("ward 3", "dx", "Ulcer", "1"),
    ]
    assert {(row["label"], row["rule"], row["confidence"]) for row in rows} == {
        ("ulcers and wound healing", "related synonym", "0.4")
    }


def test_what_is_taken_over_is_listed_too(tmp_path: Path, ontology: "Ontology") -> None:
    (tmp_path / "source.toml").write_text(SPECIFICATION, encoding="utf-8")
    (tmp_path / "ward.csv").write_text("\n".join(ROWS), encoding="utf-8")
    accounts = [
        build([("ward", tmp_path)], tmp_path / "derm.kg", ontology=ontology, processes=1, progress=False)
        for _ in range(2)
    ]
    assert accounts[0].unsure == accounts[1].unsure == {"ward": {"related synonym": 3}}
