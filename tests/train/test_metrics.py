"""Measures against sums done by hand, and against their definitions counted one by one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.evaluation import metrics
from train.evaluation.intervals import ClusterBootstrap

TRUTH = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
SAID = np.array([0, 0, 0, 0, 1, 2, 1, 0, 2, 0])


def test_accuracy_is_the_share_of_right_answers() -> None:
    assert metrics.accuracy(TRUTH, SAID) == pytest.approx(6 / 10)


def test_balanced_accuracy_is_the_mean_recall() -> None:
    assert metrics.balanced_accuracy(TRUTH, SAID) == pytest.approx((4 / 6 + 1 / 2 + 1 / 2) / 3)


def test_macro_f1_is_the_mean_over_true_classes() -> None:
    assert metrics.macro_f1(TRUTH, SAID) == pytest.approx((8 / 12 + 2 / 4 + 2 / 4) / 3)


def test_a_constant_answer_has_one_over_the_classes_as_balanced_accuracy() -> None:
    truths = np.eye(3, dtype=bool)[TRUTH]
    constant = metrics.majority_class(truths)
    said = np.full(10, constant)
    assert constant == 0
    assert metrics.accuracy(TRUTH, said) == pytest.approx(6 / 10)
    assert metrics.balanced_accuracy(TRUTH, said) == pytest.approx(1 / 3)


def test_a_weight_counts_a_sample_that_often() -> None:
    weight = np.array([2, 0, 1, 1, 3, 1, 1, 1, 1, 2], dtype=float)
    repeated = np.repeat(np.arange(10), weight.astype(int))
    for measure in (metrics.accuracy, metrics.balanced_accuracy, metrics.macro_f1):
        assert measure(TRUTH, SAID, weight) == pytest.approx(measure(TRUTH[repeated], SAID[repeated]))


def test_top_3_holds_when_any_true_class_is_among_the_three_best() -> None:
    scores = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]])
    truths = np.array([[0, 0, 1, 0], [0, 0, 0, 1]], dtype=bool)
    assert metrics.top_k_accuracy(truths, scores, 3) == 0.5
    assert metrics.top_k_accuracy(truths, scores, 4) == 1.0


def test_of_several_true_classes_the_predicted_one_is_taken() -> None:
    truths = np.array([[1, 1, 0], [1, 1, 0]], dtype=bool)
    assert metrics.choose_truth(truths, np.array([1, 2])).tolist() == [1, 0]


def test_auroc_counts_ties_half() -> None:
    score = np.array([0.1, 0.4, 0.4, 0.8])
    positive = np.array([False, False, True, True])
    assert metrics.auroc(score, positive) == pytest.approx((1 + 0.5 + 1 + 1) / 4)


def test_auroc_without_a_negative_is_undefined() -> None:
    assert math.isnan(metrics.auroc(np.array([0.5]), np.array([True])))


def test_calibration_error_of_two_bins_by_hand() -> None:
    confidence = np.array([0.2, 0.4, 0.8, 1.0])
    right = np.array([False, True, True, True])
    assert metrics.reliability(confidence, right, 2) == pytest.approx(np.array([[0.3, 0.5, 2], [0.9, 1.0, 2]]))
    assert metrics.calibration_error(confidence, right, 2) == pytest.approx((0.2 + 0.1) / 2)


def test_heights_over_all_and_over_mistakes() -> None:
    height = np.array([0.0, 0.0, 1.0, 4.0])
    assert metrics.mean_height(height) == 1.25
    assert metrics.mean_height_of_mistakes(height) == 2.5
    assert math.isnan(metrics.mean_height_of_mistakes(np.zeros(3)))


def test_measures_of_nothing_are_undefined() -> None:
    nothing = np.array([], dtype=np.int64)
    assert math.isnan(metrics.accuracy(nothing, nothing))
    assert math.isnan(metrics.balanced_accuracy(nothing, nothing))
    assert math.isnan(metrics.macro_f1(nothing, nothing))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 9)), min_size=2, max_size=40))
def test_measures_equal_their_definitions_counted_one_by_one(samples: list[tuple[int, int, int]]) -> None:
    truth, said = np.array([s[0] for s in samples]), np.array([s[1] for s in samples])
    recalls, scores = [], []
    for c in sorted(set(truth)):
        right = sum(t == c == p for t, p, _ in samples)
        true, predicted = sum(t == c for t, _, _ in samples), sum(p == c for _, p, _ in samples)
        recalls.append(right / true)
        precision = right / predicted if predicted else 0.0
        scores.append(2 * precision * recalls[-1] / (precision + recalls[-1]) if right else 0.0)
    assert metrics.balanced_accuracy(truth, said) == pytest.approx(sum(recalls) / len(recalls))
    assert metrics.macro_f1(truth, said) == pytest.approx(sum(scores) / len(scores))

    above, below = [s for t, _, s in samples if t > 1], [s for t, _, s in samples if t <= 1]
    if above and below:
        wins = sum((a > b) + (a == b) / 2 for a in above for b in below)
        found = metrics.auroc(np.array([s[2] / 9 for s in samples]), truth > 1)
        assert found == pytest.approx(wins / (len(above) * len(below)))


def test_an_interval_is_wider_when_samples_come_in_groups() -> None:
    right = np.repeat(np.array([1.0, 0.0] * 10), 10)
    alone = ClusterBootstrap([str(n) for n in range(200)], 300).estimate(lambda weight: metrics.mean(right, weight))
    grouped = ClusterBootstrap([str(n // 10) for n in range(200)], 300).estimate(lambda w: metrics.mean(right, w))
    assert alone.value == grouped.value == 0.5
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    chance = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        draws = (chance.random(80) < 0.3).astype(float)
        found = ClusterBootstrap([str(n) for n in range(80)], 200).estimate(lambda w, d=draws: metrics.mean(d, w))
        covered += found.low <= 0.3 <= found.high
    assert 50 <= covered <= 60


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(30)
    groups = [str(n % 7) for n in range(30)]
    one, other = (ClusterBootstrap(groups, 50, seed=3).estimate(lambda w: metrics.mean(values, w)) for _ in range(2))
    assert one == other


def test_one_group_alone_has_no_interval() -> None:
    found = ClusterBootstrap(["a", "a"], 50).estimate(lambda w: metrics.mean(np.array([0.0, 1.0]), w))
    assert found.value == 0.5
    assert math.isnan(found.low)
