"""What predictions are worth: the measures of each level, of heights, malignancy, skin tones and conditions."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from train.evaluation import metrics
from train.evaluation.intervals import ClusterBootstrap, Estimate
from train.evaluation.levels import ancestor_heights
from train.evaluation.predictions import Predictions, choose_class
from train.evaluation.results import (
    ConditionResult,
    Confusion,
    HeightResult,
    LevelResult,
    MalignancyResult,
    ToneResult,
)
from train.evaluation.subgroups import FEW, group_by_tone, tone_groups

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def measure_level(predictions: Predictions, number: int, bootstrap: ClusterBootstrap) -> LevelResult:
    """Measures of one level over the images that have a class there."""
    level = predictions.candidates.levels[number]
    counted: Flags = np.any(predictions.truths[number], axis=1)
    truths = predictions.truths[number][counted]
    scores, prompted = predictions.aggregated[number][counted], predictions.prompted[number][counted]
    said, asked = choose_class(scores), choose_class(prompted)
    truth, truth_asked = metrics.choose_truth(truths, said), metrics.choose_truth(truths, asked)
    constant = metrics.majority_class(truths) if len(truths) else 0
    constants = np.full(len(truths), constant)
    truth_constant = metrics.choose_truth(truths, constants)
    right, right_constant = (truth == said).astype(np.float64), (truth_constant == constants).astype(np.float64)
    estimate = partial(bootstrap.estimate, members=counted)
    total = scores.sum(1)
    confidence = np.divide(scores.max(1, initial=0), total, out=np.zeros(len(total)), where=total > 0)
    return LevelResult(
        level=level.number,
        images=len(truths),
        classes=int(truths.any(0).sum()),
        choices=int(level.reachable.sum()),
        accuracy=estimate(lambda weight: metrics.accuracy(truth, said, weight)),
        balanced_accuracy=estimate(lambda weight: metrics.balanced_accuracy(truth, said, weight)),
        macro_f1=metrics.macro_f1(truth, said),
        top3_accuracy=metrics.top_k_accuracy(truths, scores, 3),
        prompted_accuracy=estimate(lambda weight: metrics.accuracy(truth_asked, asked, weight)),
        prompted_balanced_accuracy=estimate(lambda weight: metrics.balanced_accuracy(truth_asked, asked, weight)),
        majority_class=level.classes[constant].label if len(truths) else "",
        majority_accuracy=metrics.accuracy(truth_constant, constants),
        majority_balanced_accuracy=metrics.balanced_accuracy(truth_constant, constants),
        gain=estimate(lambda weight: metrics.mean(right - right_constant, weight)),
        calibration_error=metrics.calibration_error(confidence, right > 0),
        reliability=metrics.reliability(confidence, right > 0, bins=10).tolist(),
    )


def measure_heights(predictions: Predictions, bootstrap: ClusterBootstrap, ontology: "Ontology") -> HeightResult:
    """Heights of the lowest common ancestors, beside those of the constant answer that is right most often."""
    terms = predictions.candidates.terms
    named = Counter(curie for labels in predictions.conditions for curie in labels)
    constant = max(range(len(terms)), key=lambda place: named[terms[place].curie])
    constants = np.full(len(predictions.images), constant)
    baseline = ancestor_heights(ontology, terms, constants, predictions.conditions)
    heights = predictions.heights
    return HeightResult(
        mean=bootstrap.estimate(lambda weight: metrics.mean_height(heights, weight)),
        of_mistakes=bootstrap.estimate(lambda weight: metrics.mean_height_of_mistakes(heights, weight)),
        majority=metrics.mean_height(baseline),
        counts=np.bincount(heights.astype(np.int64), minlength=5).tolist(),
        majority_counts=np.bincount(baseline.astype(np.int64), minlength=5).tolist(),
    )


def measure_malignancy(
    predictions: Predictions, bootstrap: ClusterBootstrap, ontology: "Ontology", values: Sequence[str]
) -> MalignancyResult | None:
    """AUROC of malignant against the rest; None where either is missing.

    A group counts as positive when all its conditions have one of the values, as negative when none has, as undecided
    else; as a candidate it adds the share of its conditions that have one.
    """
    share = {term.curie: _malignant_share(ontology, term, values) for term in predictions.candidates.terms}
    positive_share = np.nan_to_num([share[term.curie] for term in predictions.candidates.terms])
    score = predictions.probabilities @ positive_share
    of_term = {c: _malignant_share(ontology, ontology.term(c), values) for c in _distinct(predictions.conditions)}
    of_image = [[of_term[curie] for curie in labels] for labels in predictions.conditions]
    positive: Flags = np.array([1.0 in shares for shares in of_image])
    negative: Flags = np.array([all(share == 0 for share in shares) for shares in of_image])
    decided = positive | negative
    if not positive.any() or not negative.any():
        return None
    score, truth = score[decided], positive[decided]
    return MalignancyResult(
        values=list(values),
        positive=int(positive.sum()),
        negative=int(negative.sum()),
        undecided=int((~decided).sum()),
        auroc=bootstrap.estimate(lambda weight: metrics.auroc(score, truth, weight), members=decided),
    )


def measure_tones(predictions: Predictions, bootstrap: ClusterBootstrap, ontology: "Ontology") -> list[ToneResult]:
    """Accuracy at each level and mean height for each group of skin tones; scales without annotation are left out."""
    results = []
    for scale, groups in tone_groups(ontology).items():
        named = np.array(group_by_tone(predictions.tones, groups))
        if not np.isin(named, list(groups.values())).any():
            continue
        for group in [*dict.fromkeys(groups.values()), *sorted(set(named) - set(groups.values()))]:
            members = named == group
            found = [_level_accuracy(predictions, number, members, bootstrap) for number in range(4)]
            heights = predictions.heights[members]
            results.append(
                ToneResult(
                    scale=scale,
                    group=str(group),
                    images=int(members.sum()),
                    few=bool(members.sum() < FEW),
                    accuracy=[accuracy if count else None for accuracy, count in found],
                    level_images=[count for _, count in found],
                    height=bootstrap.estimate(partial(metrics.mean_height, heights), members=members),
                )
            )
    return results


def measure_conditions(predictions: Predictions, ontology: "Ontology") -> list[ConditionResult]:
    """Recall of each most specific condition, the most frequent first, and what it is most often taken for."""
    terms, best = predictions.candidates.terms, predictions.best
    rows: dict[str, list[int]] = {}
    for place, labels in enumerate(predictions.conditions):
        for curie in labels:
            rows.setdefault(curie, []).append(place)
    results = []
    for curie, places in sorted(rows.items(), key=lambda item: (-len(item[1]), item[0])):
        wrong = Counter(terms[best[place]].label for place in places if predictions.heights[place] > 0)
        worst, count = wrong.most_common(1)[0] if wrong else ("", 0)
        term = ontology.term(curie)
        recall = float(np.mean(predictions.heights[places] == 0))
        results.append(ConditionResult(curie, term.label, term.level or 0, len(places), recall, worst, count))
    return results


def count_confusions(predictions: Predictions, ontology: "Ontology", most: int = 10) -> list[Confusion]:
    """The most frequent mistakes, each with its height."""
    terms, best = predictions.candidates.terms, predictions.best
    counted: Counter[tuple[str, str, float]] = Counter(
        (ontology.term(labels[0]).label, terms[best[place]].label, float(predictions.heights[place]))
        for place, labels in enumerate(predictions.conditions)
        if predictions.heights[place] > 0
    )
    ordered = sorted(counted.items(), key=lambda item: (-item[1], -item[0][2], item[0]))
    return [Confusion(true, said, count, height) for (true, said, height), count in ordered[:most]]


def _distinct(labels: Sequence[Sequence[str]]) -> list[str]:
    return sorted({curie for row in labels for curie in row})


def _malignant_share(ontology: "Ontology", term: "Term", values: Sequence[str]) -> float:
    """Share of the conditions at or below the term with one of these values; NaN where none is determined."""
    found = [c.malignancy for c in ([term] if term.is_condition else ontology.conditions(term))]
    known = [value for value in found if value not in (None, "undetermined")]
    return sum(value in values for value in known) / len(known) if known else float("nan")


def _level_accuracy(
    predictions: Predictions, number: int, members: Flags, bootstrap: ClusterBootstrap
) -> tuple[Estimate, int]:
    counted = members & np.any(predictions.truths[number], axis=1)
    said = choose_class(predictions.aggregated[number][counted])
    truth = metrics.choose_truth(predictions.truths[number][counted], said)
    return bootstrap.estimate(lambda weight: metrics.accuracy(truth, said, weight), members=counted), int(counted.sum())


def count_classes(predictions: Predictions, number: int) -> NDArray[np.int64]:
    """Counts [classes, classes] of truth against prediction at a level."""
    counted = np.any(predictions.truths[number], axis=1)
    said = choose_class(predictions.aggregated[number][counted])
    truth = metrics.choose_truth(predictions.truths[number][counted], said)
    classes = predictions.truths[number].shape[1]
    return np.bincount(truth * classes + said, minlength=classes**2).reshape(classes, classes)
