"""Measures of classification as pure functions over arrays.

Everywhere: n samples, c classes; `truth`, `predicted` are class numbers [n]; `weight` [n] counts a sample that often
(a bootstrap's draw), 1 by default. A measure without a sample to rest on is NaN.
"""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def accuracy(truth: Ids, predicted: Ids, weight: Floats | None = None) -> float:
    """Share of samples whose prediction is right."""
    return mean(truth == predicted, weight)


def balanced_accuracy(truth: Ids, predicted: Ids, weight: Floats | None = None) -> float:
    """Mean recall over the classes that occur in the truth; a constant answer has 1 / number of those classes."""
    found = recalls(truth, predicted, weight)
    found = found[~np.isnan(found)]
    return float(found.mean()) if len(found) else float("nan")


def recalls(truth: Ids, predicted: Ids, weight: Floats | None = None) -> Floats:
    """Recall of each class number up to the greatest in the truth, NaN for those that do not occur."""
    weight = np.ones(len(truth)) if weight is None else weight
    total = np.bincount(truth, weight)
    right = np.bincount(truth, weight * (truth == predicted), minlength=len(total))
    with np.errstate(invalid="ignore"):
        return right / np.where(total > 0, total, np.nan)


def macro_f1(truth: Ids, predicted: Ids, weight: Floats | None = None) -> float:
    """Mean over the classes that occur in the truth of F1 = 2 right / (true + predicted)."""
    if not len(truth):
        return float("nan")
    weight = np.ones(len(truth)) if weight is None else weight
    classes = max(truth.max(), predicted.max()) + 1
    true = np.bincount(truth, weight, classes)
    said = np.bincount(predicted, weight, classes)
    right = np.bincount(truth, weight * (truth == predicted), classes)
    occurs = true > 0
    return float(np.mean(2 * right[occurs] / (true[occurs] + said[occurs]))) if occurs.any() else float("nan")


def top_k_accuracy(truths: Flags, scores: Floats, k: int, weight: Floats | None = None) -> float:
    """Share of samples with a true class among the k highest scores. `truths` [n, c] flags, `scores` [n, c]."""
    if not len(truths):
        return float("nan")
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    found: Flags = np.any(np.take_along_axis(truths, best, axis=1), axis=1)
    return mean(found, weight)


def choose_truth(truths: Flags, predicted: Ids) -> Ids:
    """One true class of each sample [n]: the predicted one where it is true, else the first. Each row needs one."""
    chosen: Ids = np.where(np.take_along_axis(truths, predicted[:, None], axis=1)[:, 0], predicted, truths.argmax(1))
    return chosen


def majority_class(truths: Flags) -> int:
    """The class whose constant answer is right most often: the best that can be said without looking."""
    return int(truths.sum(0).argmax())


def auroc(score: Floats, positive: Flags, weight: Floats | None = None) -> float:
    """Chance that a positive scores above a negative, ties counted half (Mann and Whitney's U over its maximum)."""
    weight = np.ones(len(score)) if weight is None else weight
    values, place = np.unique(score, return_inverse=True)
    above = np.bincount(place, weight * positive, len(values))
    below = np.bincount(place, weight * ~positive, len(values))
    pairs = above.sum() * below.sum()
    if pairs == 0:
        return float("nan")
    return float((above * (np.cumsum(below) - below / 2)).sum() / pairs)


def reliability(confidence: Floats, right: Flags, bins: int = 15) -> Floats:
    """[b, 3]: mean confidence, share right, and samples of bins of equal size in order of confidence; none is empty."""
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(bins, max(1, len(order))))
    rows = [(confidence[part].mean(), right[part].mean(), len(part)) for part in parts if len(part)]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def calibration_error(confidence: Floats, right: Flags, bins: int = 15) -> float:
    """Expected calibration error: mean of |confidence - share right| over bins of equal size, weighted by samples."""
    table = reliability(confidence, right, bins)
    return float(np.average(np.abs(table[:, 0] - table[:, 1]), weights=table[:, 2])) if len(table) else float("nan")


def mean_height(height: Floats, weight: Floats | None = None) -> float:
    """Mean height of the lowest common ancestor of truth and prediction, over all samples; 0 is right."""
    return mean(height, weight)


def mean_height_of_mistakes(height: Floats, weight: Floats | None = None) -> float:
    """The same over mistakes alone ("mistake severity", arXiv 1912.09393). Read beside the accuracy: more mild
    mistakes lower it too."""
    weight = np.ones(len(height)) if weight is None else weight
    return mean(height, weight * (height > 0))


def mean(values: Flags | Floats, weight: Floats | None = None) -> float:
    """Weighted mean of values [n]."""
    if not len(values) or (weight is not None and weight.sum() == 0):
        return float("nan")
    return float(np.average(values.astype(np.float64), weights=weight))
