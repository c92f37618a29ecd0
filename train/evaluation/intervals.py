"""Uncertainty of a measure when samples come in groups, such as several photographs of one patient."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Measure = Callable[[Floats | None], float]


@dataclass(frozen=True)
class Estimate:
    """A measured value with its 95 % interval; the bounds are NaN where fewer than two groups carry it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


class ClusterBootstrap:
    """Draws of groups with replacement, the same for every measure, so that differences are paired.

    A draw gives each sample the number of times that its group was drawn as weight. Percentile intervals; a draw in
    which a measure is undefined is left out of that measure's interval.
    """

    def __init__(self, groups: Sequence[str], repeats: int = 1000, seed: int = 0) -> None:
        self._distinct, self._group = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
        self._repeats = repeats
        self._seed = seed

    @property
    def groups(self) -> int:
        """Number of distinct groups."""
        return len(self._distinct)

    def estimate(self, measure: Measure, members: NDArray[np.bool_] | None = None) -> Estimate:
        """The measure over the samples, with its interval. `measure` takes weights [n], or none for the value itself.

        `members` [n] flags the samples that the measure rests on: its weights are theirs alone.
        """
        group = self._group if members is None else self._group[members]
        value = measure(None)
        number = len(np.unique(group))
        if number < 2 or self._repeats < 1:
            return Estimate(value, float("nan"), float("nan"))
        place = np.unique(group, return_inverse=True)[1]
        chance = np.random.default_rng(self._seed)
        drawn = np.array(
            [
                measure(np.bincount(chance.integers(number, size=number), minlength=number).astype(np.float64)[place])
                for _ in range(self._repeats)
            ]
        )
        drawn = drawn[~np.isnan(drawn)]
        if not len(drawn):
            return Estimate(value, float("nan"), float("nan"))
        low, high = np.quantile(drawn, [0.025, 0.975])
        return Estimate(value, float(low), float(high))
