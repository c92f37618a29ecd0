"""Derm1M's released tree beside the ontology, on a made-up tree of its names and on the real one."""

import json
from collections import Counter
from pathlib import Path

import pytest

from kg.derm1m_tree import compare, read_tree
from kg.errors import InputError
from kg.ontology import Ontology

TREE = {
    "root": ["Hair diseases", "Nail diseases, nail disease"],
    "Hair diseases": ["Alopecia areata", "Beau's lines"],
    "Nail diseases, nail disease": ["Beau's lines", "Koilonychia", "Pachydactylia imaginaria"],
    "Koilonychia": [],
}


@pytest.fixture(scope="module")
def rows(ontology: Ontology) -> dict[str, dict]:
    return {row["name"]: row for row in compare(ontology, TREE).to_pylist()}


def test_every_name_has_a_row(rows: dict[str, dict]) -> None:
    assert list(rows) == [
        "Hair diseases",
        "Alopecia areata",
        "Beau's lines",
        "Nail diseases, nail disease",
        "Koilonychia",
        "Pachydactylia imaginaria",
    ]


def test_a_name_filed_alike_agrees(rows: dict[str, dict]) -> None:
    assert rows["Koilonychia"]["label"] == "koilonychia"
    assert rows["Koilonychia"]["our_path"].endswith("koilonychia")
    assert rows["Koilonychia"]["verdict"] == "agrees"


def test_a_name_filed_elsewhere_differs_by_the_headings_it_is_not_below(rows: dict[str, dict]) -> None:
    assert rows["Beau's lines"]["their_path"] == (
        "Hair diseases › Beau's lines | Nail diseases, nail disease › Beau's lines"
    )
    assert rows["Beau's lines"]["verdict"] == "differs: not below Hair diseases"


def test_a_name_that_is_not_accounted_for_is_not_left_out(rows: dict[str, dict]) -> None:
    assert rows["Pachydactylia imaginaria"]["verdict"] == "unknown name"
    assert rows["Pachydactylia imaginaria"]["term"] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [("[]", "'root'"), ("{", "no JSON"), ('{"root": ["A"], "A": "B"}', "below 'A'"), ('{"root": [1]}', "below 'root'")],
)
def test_another_file_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "ontology.json"
    file.write_text(content)

    with pytest.raises(InputError, match=said):
        read_tree(file)


def test_a_name_below_itself_is_refused(ontology: Ontology) -> None:
    with pytest.raises(InputError, match="A › B › A"):
        compare(ontology, {"root": ["A"], "A": ["B"], "B": ["A"]})


def test_the_released_tree_is_compared_whole(ontology: Ontology, real_data: Path) -> None:
    file = real_data / "derm1m" / "ontology.json"
    table = compare(ontology, read_tree(file)).to_pylist()

    tree = json.loads(file.read_text(encoding="utf-8"))
    assert {row["name"] for row in table} == {name for below in tree.values() for name in below}
    verdicts = Counter(row["verdict"].partition(":")[0] for row in table)
    assert verdicts["unknown name"] == 0
    assert verdicts["agrees"] > verdicts["differs"] > 0
