"""Selections: which pairs a few words mean."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.errors import InputError, UnknownTerm
from kg.pairs import TextKind
from kg.selection import SELECTED, Selection
from kg.splits import SPLITS

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

DATA = Path(__file__).parent / "data"
SINGLE = {"age", "split", "split_by", "available_only"}


def cases() -> list[tuple[str, list[str]]]:
    with (DATA / "selections.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [(row["options"], row["images"].split()) for row in rows]


def parse(options: str) -> Selection:
    said: dict[str, Any] = {}
    for option in options.split(" ; "):
        name, _, value = option.partition("=")
        if name == "min_tone_annotators":
            said[name] = int(value)
        elif name in SINGLE:
            said[name] = value
        else:
            said.setdefault(name, []).append(value)
    return Selection.parse(**said)


@pytest.mark.parametrize(("options", "images"), cases(), ids=[options for options, _ in cases()])
def test_selection(options: str, images: list[str], small_graph: "KnowledgeGraph") -> None:
    selected = parse(options).apply(small_graph)
    assert sorted(set(selected["image"].to_pylist())) == sorted(images)


def test_nothing_said_means_every_pair_in_the_order_of_the_graph(small_graph: "KnowledgeGraph") -> None:
    selected = Selection().apply(small_graph)
    assert selected.schema == SELECTED
    assert selected["pair"].to_pylist() == small_graph.pairs()["pair"].to_pylist()


def test_pairs_carry_what_is_known_of_their_image(small_graph: "KnowledgeGraph") -> None:
    [pair] = Selection.parse(disease=["plaque psoriasis"], text_kind=["caption"]).apply(small_graph).to_pylist()
    assert pair["pair"] == "a:1:caption:0"
    assert (pair["patient"], pair["age"], pair["sex"], pair["group"]) == ("a:P1", 40, "female", "a:P1")


@pytest.mark.parametrize("kind", list(TextKind))
def test_a_kind_of_text_may_be_said_by_its_first_word(kind: TextKind, small_graph: "KnowledgeGraph") -> None:
    selected = Selection.parse(text_kind=[kind.slug]).apply(small_graph)
    assert set(selected["text_kind"].to_pylist()) == {kind.value}
    assert selected == Selection(text_kinds=(kind.value,)).apply(small_graph)


def test_splits_are_a_partition_that_divides_no_group(small_graph: "KnowledgeGraph") -> None:
    parts = [
        Selection.parse(split=split, shares="0.4,0.3,0.3", seed=5).apply(small_graph).to_pylist() for split in SPLITS
    ]
    pairs = [row["pair"] for part in parts for row in part]
    assert sorted(pairs) == sorted(small_graph.pairs()["pair"].to_pylist())
    groups = [{row["group"] for row in part} for part in parts]
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_a_group_keeps_its_split_in_another_selection(small_graph: "KnowledgeGraph") -> None:
    every = {row["image"]: row["split"] for row in Selection(seed=5).apply(small_graph).to_pylist()}
    some = Selection.parse(disease=["melanoma"], seed=5).apply(small_graph).to_pylist()
    assert {row["image"]: row["split"] for row in some}.items() <= every.items()


def test_an_unknown_name_suggests_the_nearest(small_graph: "KnowledgeGraph") -> None:
    with pytest.raises(UnknownTerm, match="plaque psoriasis"):
        Selection(diseases=("plaque psoriasys",)).apply(small_graph)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("site=melanoma", r"melanoma \(DERM:\d+\) cannot be selected by sites: .*'disease'"),
        ("disease=ulcer", "kind 'finding'"),
        ("skin_tone=fitzpatrick:VII", "Fitzpatrick skin type VI"),
        ("skin_tone=tanning:3", "the ontology has Fitzpatrick, Monk"),
        ("source=c", "no image has the source 'c': the graph has a, b"),
        ("sex=f", "the graph has female, male"),
        ("modality=xray", "the graph has clinical, dermoscopic"),
        ("confirmed_by=guess", "the graph has consensus, histopathology"),
        ("history=history of nothing at all", "nothing at all"),
    ],
)
def test_what_the_graph_cannot_mean_is_refused_with_what_it_has(
    options: str, message: str, small_graph: "KnowledgeGraph"
) -> None:
    with pytest.raises(InputError, match=message):
        parse(options).apply(small_graph)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"age": "old"}, "write years as 40-60"),
        ({"age": "-"}, "write years as 40-60"),
        ({"age": "40 60"}, "write years as 40-60"),
        ({"age": "60-40"}, "the lower one first"),
        ({"split": "dev"}, "choose from train, val, test"),
        ({"split_by": "patient"}, "by 'group' or by 'source'"),
        ({"text_kind": ["poem"]}, "caption, ontology sentence, concept sentence"),
        ({"shares": "0.8,0.1"}, "add up to 1"),
        ({"shares": "most"}, "three numbers"),
        ({"min_tone_annotators": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Selection.parse(**options)


def test_as_dict_holds_what_was_said() -> None:
    said = Selection.parse(disease=["melanoma"], age="40-", split="train", seed=3).as_dict()
    assert said == {
        "diseases": ["melanoma"],
        "age": [40.0, None],
        "split": "train",
        "split_by": "group",
        "seed": 3,
        "shares": [0.8, 0.1, 0.1],
    }
