"""Statistics of a graph: numbers that can be counted by hand, and a page that needs nothing else."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.export import tabulate
from kg.selection import Selection
from kg.statistics import Statistics, compute_statistics, render_page
from kg.statistics.drawing import draw_columns, draw_tail
from kg.statistics.lengths import Lengths, count_words
from kg.statistics.measures import TOKEN_EDGES, WORD_EDGES
from kg.statistics.statistics import MODEL_CONTEXT

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

HOSTILE = "<script>alert(1)</script>"


def count_tokens(texts: Sequence[str]) -> list[int]:
    return [2 * len(text.split()) for text in texts]


@pytest.fixture(scope="module")
def statistics(small_graph: "KnowledgeGraph") -> Statistics:
    return compute_statistics(small_graph, tokens=count_tokens, tokenizer="a model")


@settings(deadline=None)
@given(st.lists(st.text("ab \n\té", max_size=12), max_size=8), st.integers(0, 3))
def test_words_are_counted_as_they_are_split(texts: list[str], start: int) -> None:
    chunks = pa.chunked_array([pa.array(texts, pa.string()).slice(start), pa.array(texts, pa.string())])
    assert count_words(chunks).tolist() == [len(text.split()) for text in [*texts[start:], *texts]]


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=50))
def test_lengths_sum_up_to_those_of_the_texts(lengths: list[int]) -> None:
    counted = Lengths()
    counted.add(np.array(lengths))
    assert counted.mean == pytest.approx(sum(lengths) / len(lengths))
    assert counted.quantile(0.5) == sorted(lengths)[(len(lengths) - 1) // 2]
    assert counted.beyond(77) == pytest.approx(sum(n > 77 for n in lengths) / len(lengths))
    assert sum(count for _, count in counted.histogram((0, 10, 100))) == len(lengths)


def test_sources_and_texts_are_counted(statistics: Statistics) -> None:
    assert (statistics.images, statistics.pairs) == (7, 14)
    assert [(line.name, line.images, line.pairs, line.licence) for line in statistics.sources] == [
        ("b", 4, 7, "CC0"),
        ("a", 3, 7, "CC0"),
    ]
    assert {kind.name: kind.pairs for kind in statistics.text_kinds}["caption"] == 2
    assert [(count.name, count.images) for count in statistics.licences] == [("CC0", 7)]
    assert (statistics.words.texts, statistics.distinct_captions) == (2, 2)
    assert statistics.tokens is not None
    assert statistics.tokens.mean == 2 * (statistics.words.mean or 0)


def test_conditions_are_counted_at_each_level(statistics: Statistics) -> None:
    conditions = {count.name: count.images for count in statistics.levels[3].classes}
    assert conditions["nodular melanoma"] == 2
    assert conditions["plaque psoriasis"] == 1
    assert {count.name: count.images for count in statistics.levels[2].classes}["basal cell carcinoma"] == 2
    assert statistics.tail[0] == (1, len(conditions))
    assert statistics.conditions_without_images == statistics.levels[3].in_ontology - len(conditions)


def test_pairs_are_those_of_the_images_that_are_counted(statistics: Statistics, small_graph: "KnowledgeGraph") -> None:
    rows = tabulate(small_graph, Selection()).to_pylist()
    for counts, column in ((statistics.sites, "sites"), (statistics.symptoms, "symptoms")):
        assert {count.name: count.pairs for count in counts} == Counter(said for row in rows for said in row[column])
    [melanoma] = [count for count in statistics.levels[3].classes if count.name == "nodular melanoma"]
    assert melanoma.pairs == sum("nodular melanoma" in row["labels"] for row in rows) == 5
    assert all(count["pairs"] for level in statistics.as_dict()["levels"] for count in level["classes"])


def test_what_is_said_and_what_is_missing_add_up(statistics: Statistics) -> None:
    assert [(count.name, count.images) for count in statistics.symptoms] == [("bleeding", 1), ("pruritus", 1)]
    assert statistics.missing["condition"] == 0
    assert statistics.missing["skin tone"] == 5
    assert statistics.missing["symptom"] == 4  # that it is denied is told too
    assert statistics.missing["age"] == 4
    assert statistics.sources[1].missing["age"] == 0
    assert sum(map(sum, statistics.ages)) == 7
    assert statistics.ages[statistics.age_groups.index("60–69")] == [1, 1, 0, 0]


def test_tones_stand_by_scale_and_branch(statistics: Statistics) -> None:
    fitzpatrick, monk = statistics.tones
    assert dict(zip(fitzpatrick.tones, fitzpatrick.all, strict=True))["V"] == 1
    assert [name for name, _ in fitzpatrick.branches] == ["inflammatory dermatoses"]
    assert dict(zip(monk.tones, monk.all, strict=True))["8"] == 1


def test_rules_tell_the_share_of_pairs(statistics: Statistics) -> None:
    [rule] = statistics.rules
    assert (rule["rule"], rule["images"], rule["pairs"]) == ("label", 7, 14)


def test_published_figures_stand_beside_these(statistics: Statistics) -> None:
    figures = {figure.name: (figure.published, figure.here) for figure in statistics.published}
    assert figures["pairs"] == (1_029_761, 14)
    assert figures["captions"][0] + figures["ontology sentences"][0] + figures["concept sentences"][0] == 1_029_761
    assert "2503.14911" in statistics.citation


def test_the_numbers_are_plain_json(statistics: Statistics) -> None:
    assert json.loads(json.dumps(statistics.as_dict()))["images"] == 7


def test_the_page_needs_no_other_file_and_runs_nothing(statistics: Statistics) -> None:
    page = render_page(statistics)
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "not for clinical use" in page


def test_what_data_says_is_never_markup(write_graph: Callable[..., "KnowledgeGraph"], tmp_path: Path) -> None:
    graph = write_graph(
        tmp_path / "derm.kg",
        [{"image": f"{HOSTILE}:1"}],
        [(f"{HOSTILE}:1", "depicts", "acne")],
        licences={HOSTILE: HOSTILE},
    )
    page = render_page(compute_statistics(graph))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("values", [[], [0], [1], [5, 4, 4, 1], [123_456, 3]])
def test_charts_are_well_formed(values: list[int]) -> None:
    for chart in (
        draw_tail("a < b", values, across="<x>", up="&"),
        draw_columns('"q"', [("x & y", [value]) for value in values], across="<x>", up="&"),
    ):
        assert ElementTree.fromstring(chart).tag == "svg"


def test_bins_of_lengths_are_of_one_width_and_end_at_what_clip_reads() -> None:
    for edges in (WORD_EDGES, TOKEN_EDGES):
        assert len(set(np.diff(edges))) == 1
    assert MODEL_CONTEXT + 1 in TOKEN_EDGES


def test_the_page_says_of_how_many_images_something_is_told(statistics: Statistics) -> None:
    page = " ".join(render_page(statistics).split())
    assert "Symptoms: told of 3 images (42.9 %)" in page
    assert "A tone is told of 2 images (28.6 %)" in page
    assert "< 0.1 %" in page.split('id="published"')[1].replace("&lt;", "<")  # 14 pairs of a million are not none
