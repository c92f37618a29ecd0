"""Classes above candidates, sums of probabilities, and heights, on the project's own ontology."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.ontology import Ontology
from train.evaluation.levels import Candidates, ancestor_heights, true_classes
from train.evaluation.subgroups import DISAGREE, UNKNOWN, group_by_tone, tone_groups


def siblings(ontology: Ontology) -> tuple[str, str, str, str]:
    """A condition, another of its level-3 group, one of another level-1 group, and the level-3 group."""
    group = next(t for t in ontology.terms("disease") if t.level == 3 and len(ontology.conditions(t)) > 2)
    one, other = ontology.conditions(group)[:2]
    far = next(c for c in ontology.terms("disease") if c.level == 4 and ontology.path(c)[0] != ontology.path(one)[0])
    return one.curie, other.curie, far.curie, group.curie


def test_a_group_above_another_candidate_is_no_candidate(ontology: Ontology) -> None:
    one, _, far, group = siblings(ontology)
    candidates = Candidates.over(ontology, [one, far, group], [])
    assert {term.curie for term in candidates.terms} == {one, far}


def test_a_candidate_counts_once_in_the_class_above_it(ontology: Ontology) -> None:
    one, other, far, _ = siblings(ontology)
    candidates = Candidates.over(ontology, [one, other, far], [])
    probabilities = np.array([[0.2 if t.curie == one else 0.3 if t.curie == other else 0.5 for t in candidates.terms]])
    for level in candidates.levels[:3]:
        summed = dict(zip(level.classes, level.aggregate(probabilities)[0], strict=True))
        assert summed[ontology.level_ancestor(one, level.number)] == pytest.approx(0.5)  # type: ignore[index]
        assert summed[ontology.level_ancestor(far, level.number)] == pytest.approx(0.5)  # type: ignore[index]
    assert len(candidates.levels[3].classes) == 3


def test_a_broad_label_is_no_class_of_the_deeper_levels(ontology: Ontology) -> None:
    one, _, _, group = siblings(ontology)
    candidates = Candidates.over(ontology, [one], [[group]])
    assert [true_classes(ontology, level, [[group], [one]]).any(1).tolist() for level in candidates.levels] == [
        [True, True],
        [True, True],
        [True, True],
        [False, True],
    ]


def test_a_true_class_that_no_candidate_reaches_is_kept_and_never_predicted(ontology: Ontology) -> None:
    one, _, far, _ = siblings(ontology)
    level = Candidates.over(ontology, [one], [[far]]).levels[3]
    assert len(level.classes) == 2
    assert level.reachable.sum() == 1
    assert level.aggregate(np.array([[1.0]]))[0][~level.reachable].tolist() == [0.0]


def test_heights_count_levels_up_to_the_common_ancestor(ontology: Ontology) -> None:
    one, other, far, group = siblings(ontology)
    terms = [ontology.term(curie) for curie in (one, other, far)]
    truths = [[one], [one], [one], [group], [group], [other, one]]
    said = np.array([0, 1, 2, 1, 2, 0])
    assert ancestor_heights(ontology, terms, said, truths).tolist() == [0, 1, 4, 0, 3, 0]


def test_a_term_outside_the_tree_cannot_be_predicted(ontology: Ontology) -> None:
    with pytest.raises(InputError, match="has no level"):
        Candidates.over(ontology, ["Fitzpatrick skin type I"], [])


def test_no_candidates_are_refused(ontology: Ontology) -> None:
    with pytest.raises(InputError, match="no candidate"):
        Candidates.over(ontology, [], [])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_sums_at_every_level_are_a_distribution(ontology: Ontology, data: st.DataObject) -> None:
    conditions = [term.curie for term in ontology.terms("disease") if term.level == 4]
    chosen = data.draw(st.lists(st.sampled_from(conditions), min_size=1, max_size=12, unique=True))
    candidates = Candidates.over(ontology, chosen, [])
    probabilities = np.random.default_rng(0).dirichlet(np.ones(len(candidates.terms)), size=3)
    for level in candidates.levels:
        assert level.aggregate(probabilities).sum(1) == pytest.approx(np.ones(3))


def test_tones_fall_into_the_groups_of_their_scale(ontology: Ontology) -> None:
    groups = tone_groups(ontology)["Fitzpatrick"]
    tone = {n: ontology.term(f"Fitzpatrick skin type {n}").curie for n in ("I", "II", "III", "VI")}
    monk = ontology.term("Monk skin tone 3").curie
    images = [[tone["I"]], [tone["I"], tone["II"]], [tone["II"], tone["III"]], [tone["VI"], monk], [monk], []]
    assert group_by_tone(images, groups) == ["I–II", "I–II", DISAGREE, "V–VI", UNKNOWN, UNKNOWN]
