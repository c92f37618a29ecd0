"""An evaluated run: every image once, nothing hidden, and a report that stands alone."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg.errors import InputError
from kg.ontology import Ontology
from train.config import Config, Optimizer, Schedule
from train.evaluation import Evaluation, evaluate
from train.evaluation.report import render_report
from train.evaluation.results import Confusion
from train.trainer import fit

Writer = Callable[..., Path]

TONES = ["Fitzpatrick skin type I", "Fitzpatrick skin type II", "Fitzpatrick skin type V"]


@pytest.fixture(scope="module")
def kinds(ontology: Ontology) -> list[tuple[list[str], tuple[int, int, int], str]]:
    """Spots of three colours: two conditions, and a group above other conditions."""
    red, brown, group = (
        ontology.term(name) for name in ("plaque psoriasis", "nodular melanoma", "basal cell carcinoma")
    )
    return [
        ([red.curie], (150, 40, 40), red.label),
        ([brown.curie], (60, 35, 20), brown.label),
        ([group.curie], (90, 90, 160), group.label),
    ]


@pytest.fixture(scope="module")
def run(small_config: Config, kinds: list, write_pairs: Writer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt the colours."""
    config = replace(
        small_config,
        schedule=Schedule(epochs=40, batch_size=24),
        optimizer=Optimizer(learning_rate=2e-3, warmup_steps=5),
    )
    run = tmp_path_factory.mktemp("runs") / "spots"
    fit(config, write_pairs(kinds, 16, prefix="train"), run, device="cpu")
    return run


@pytest.fixture(scope="module")
def pairs(kinds: list, write_pairs: Writer, ontology: Ontology) -> Path:
    """Other spots of the same kinds, and four images without a condition."""
    tones = [TONES[0], *(ontology.term(tone).curie for tone in TONES[1:])]  # a label or an identifier
    return write_pairs([*kinds, ([], (90, 90, 160), "no label")], 12, prefix="test", tones=tones, seed=77)


@pytest.fixture(scope="module")
def evaluation(run: Path, pairs: Path, ontology: Ontology) -> Evaluation:
    return evaluate(run, pairs, ontology=ontology, report=run / "report.html", device="cpu", repeats=100)


def test_a_model_that_learnt_beats_the_majority(evaluation: Evaluation) -> None:
    broadest = evaluation.levels[0]
    assert broadest.accuracy.value > broadest.majority_accuracy
    assert evaluation.height.mean.value < evaluation.height.majority


def test_each_image_counts_once_and_the_rest_is_accounted_for(evaluation: Evaluation, pairs: Path) -> None:
    images = set(pq.read_table(pairs)["image"].to_pylist())
    assert evaluation.images == 36
    assert evaluation.left_out == {"no condition": 12}
    assert evaluation.images + sum(evaluation.left_out.values()) == len(images)
    assert pq.read_metadata(evaluation.predictions).num_rows == 36


def test_an_image_counts_only_at_levels_that_its_label_reaches(evaluation: Evaluation, ontology: Ontology) -> None:
    level = ontology.term("basal cell carcinoma").level
    assert level is not None
    assert level < 4
    assert [result.images for result in evaluation.levels] == [36] * level + [24] * (4 - level)


def test_the_majority_is_the_best_constant_answer(evaluation: Evaluation) -> None:
    for result in evaluation.levels:
        assert result.majority_balanced_accuracy == pytest.approx(1 / result.classes)
    assert evaluation.levels[0].majority_accuracy == pytest.approx(2 / 3)


def test_the_table_of_predictions_gives_the_same_accuracy(evaluation: Evaluation, ontology: Ontology) -> None:
    rows = pq.read_table(evaluation.predictions).to_pylist()
    right = [ontology.level_ancestor(r["conditions"][0], 1).curie == r["level_1"] for r in rows]  # type: ignore[union-attr]
    assert np.mean(right) == pytest.approx(evaluation.levels[0].accuracy.value)
    assert all(math.isclose(sum(r["probabilities"]), 1, rel_tol=1e-4) for r in rows)
    assert np.mean([r["height"] for r in rows]) == pytest.approx(evaluation.height.mean.value)


def test_heights_tell_right_from_wrong(evaluation: Evaluation) -> None:
    assert sum(evaluation.height.counts) == evaluation.images
    wrong = sum(evaluation.height.counts[1:])
    assert wrong == sum(round((1 - c.recall) * c.images) for c in evaluation.conditions)


def test_tones_are_told_by_group_and_small_cells_are_marked(evaluation: Evaluation) -> None:
    found = {tone.group: (tone.images, tone.few) for tone in evaluation.tones}
    assert found == {"I–II": (24, True), "III–IV": (0, True), "V–VI": (12, True)}
    assert {tone.scale for tone in evaluation.tones} == {"Fitzpatrick"}


def test_malignancy_is_what_the_ontology_says(evaluation: Evaluation) -> None:
    malignancy = evaluation.malignancy
    assert malignancy is not None
    assert (malignancy.positive, malignancy.negative, malignancy.undecided) == (24, 12, 0)


def test_the_numbers_on_disk_are_those_returned(evaluation: Evaluation) -> None:
    assert json.loads(evaluation.metrics.read_text()) == json.loads(json.dumps(evaluation.as_dict()))


def test_the_same_evaluation_twice_is_the_same(
    evaluation: Evaluation, run: Path, pairs: Path, ontology: Ontology
) -> None:
    again = evaluate(run, pairs, ontology=ontology, device="cpu", repeats=100)
    assert again.as_dict() | {"report": None} == evaluation.as_dict() | {"report": None}


def test_pairs_that_training_saw_are_refused(run: Path, kinds: list, write_pairs: Writer, ontology: Ontology) -> None:
    seen = write_pairs(kinds, 4, prefix="train")
    with pytest.raises(InputError, match=r"6 groups .* and 12 images of it also in the training pairs"):
        evaluate(run, seen, ontology=ontology, device="cpu")
    allowed = evaluate(run, seen, ontology=ontology, device="cpu", allow_overlap=True, repeats=10)
    assert "Training has seen part of this" in render_report(allowed)


def test_candidates_may_be_named(run: Path, pairs: Path, ontology: Ontology) -> None:
    named = evaluate(
        run, pairs, ontology=ontology, device="cpu", repeats=0, candidates=["nodular melanoma", "acne vulgaris"]
    )
    assert named.candidates == [ontology.term(n).curie for n in ("acne vulgaris", "nodular melanoma")]
    assert named.not_seen_in_training == 1
    assert named.levels[3].classes == 2  # of the truth
    assert math.isnan(named.levels[0].accuracy.low)


def test_pairs_of_another_ontology_are_refused(run: Path, pairs: Path, ontology: Ontology, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pq.read_table(pairs).replace_schema_metadata({"ontology_sha256": "0" * 64}), other)
    with pytest.raises(InputError, match="another ontology"):
        evaluate(run, other, ontology=ontology, device="cpu")


def test_pairs_without_a_condition_are_refused(run: Path, pairs: Path, ontology: Ontology, tmp_path: Path) -> None:
    table = pq.read_table(pairs)
    place = table.schema.get_field_index("conditions")
    empty = pa.array([[]] * table.num_rows, pa.list_(pa.string()))
    pq.write_table(table.set_column(place, "conditions", empty), tmp_path / "none.parquet")
    with pytest.raises(InputError, match="no image with a file and a condition"):
        evaluate(run, tmp_path / "none.parquet", ontology=ontology, device="cpu")


def test_a_folder_without_a_run_is_named(pairs: Path, ontology: Ontology, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run here"):
        evaluate(tmp_path, pairs, ontology=ontology)


class Page(HTMLParser):
    """What a page has, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        links = [f"{value}" for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.fetched += [f"{tag} {link}" for link in links if not link.startswith("#")]
        self.fetched += ["link"] if tag == "link" else []


def test_the_report_stands_alone(evaluation: Evaluation) -> None:
    assert evaluation.report is not None
    text = evaluation.report.read_text(encoding="utf-8")
    page = Page(text)
    assert page.fetched == []
    assert "@import" not in text
    assert not re.findall(r"url\((?!#)", text)
    assert page.tags.count("svg") == 4
    assert "script" not in page.tags
    assert "Research only, not for clinical use" in text


def test_the_report_escapes_what_comes_from_data(evaluation: Evaluation) -> None:
    evil = replace(evaluation, confusions=[Confusion("<script>alert(1)</script>", "a & b", 1, 1.0)])
    text = render_report(evil)
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
