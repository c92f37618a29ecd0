"""Samples of images: at most so many of a condition, or as many of each class. A seed and the image's id decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kg.classes import CONDITION, check_class, classify
from kg.errors import InputError
from kg.facets import Codes
from kg.image_facts import ImageFacts, Mask
from kg.splits import draw_numbers
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology

Draws = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """What is asked of a sample; nothing by default.

    An image counts for its first class: the condition that is said first, the lowest of its tones.
    """

    cap: int | None = None  # images of a condition
    balance: str | None = None  # of `kg.classes.class_names`
    at_least: int = 1  # images that a class must have to set the number that is taken of each
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.cap is not None and self.cap < 1) or self.at_least < 1:
            raise InputError("a sample takes at least 1 image of a class")
        if self.at_least > 1 and self.balance is None:
            raise InputError("--at-least says which classes --balance goes by: give --balance too, or --cap alone")

    @property
    def takes_all(self) -> bool:
        return self.cap is None and self.balance is None

    def as_dict(self) -> dict[str, Any]:
        """What is asked, as plain values."""
        asked = {"cap": self.cap, "balance": self.balance, "at_least": self.at_least if self.balance else None}
        return {**{name: value for name, value in asked.items() if value is not None}, "seed": self.seed}

    def check(self, ontology: "Ontology") -> None:
        """Raise `InputError` where no images are classed by what is to be balanced."""
        if self.balance is not None:
            check_class(self.balance, ontology)


def sample(parts: "Iterable[tuple[pa.ChunkedArray, Mask, ImageFacts]]", sampling: Sampling) -> list[str | None]:
    """For each image why it is not in the sample, None where it is. Parts are ids, which of them are meant, and facts.

    `balance` takes as many images of each class as the smallest class has, of those with `at_least` images; smaller
    ones are taken whole, and images without a class are left out. The images with the lowest draws are taken, so that
    a larger cap adds images and takes none away.
    """
    meant, draws, conditions, classes = _gather(parts, sampling)
    reasons: list[str | None] = [None] * len(meant)
    if sampling.cap is not None:
        conditions = np.where(meant, conditions, -1)
        beyond = (conditions >= 0) & (_rank(conditions, draws) >= sampling.cap)
        _give_reason(reasons, beyond, f"beyond {counted(sampling.cap, 'image')} of a condition")
        meant &= ~beyond
    if sampling.balance is not None:
        classes = np.where(meant, classes, -1)
        counts = np.bincount(classes[classes >= 0])
        sizes = counts[counts >= sampling.at_least]
        if not len(sizes):
            raise InputError(
                f"no class by {sampling.balance} has {counted(sampling.at_least, 'image')}: "
                "ask for fewer, or for another class"
            )
        _give_reason(reasons, meant & (classes < 0), f"no class by {sampling.balance}")
        beyond = (classes >= 0) & (_rank(classes, draws) >= sizes.min())
        _give_reason(reasons, beyond, f"beyond {counted(int(sizes.min()), 'image')} of a class by {sampling.balance}")
    return reasons


def _gather(
    parts: "Iterable[tuple[pa.ChunkedArray, Mask, ImageFacts]]", sampling: Sampling
) -> tuple[Mask, Draws, Codes, Codes]:
    meant, draws = [np.empty(0, bool)], [np.empty(0)]
    conditions, classes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for images, there, facts in parts:
        meant.append(there)
        draws.append(draw_numbers(sampling.seed, [f"sample\x00{image}" for image in images.to_pylist()]))
        conditions.append(classify(facts, CONDITION).first())
        classes.append(classify(facts, sampling.balance or CONDITION).first())
    return np.concatenate(meant), np.concatenate(draws), np.concatenate(conditions), np.concatenate(classes)


def _rank(classes: Codes, draws: Draws) -> Codes:
    """The place of each image among those of its class, by its draw."""
    order = np.lexsort((draws, classes))
    starts = np.flatnonzero(np.diff(classes[order], prepend=-2))
    rank = np.empty(len(classes), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return rank


def _give_reason(reasons: list[str | None], mask: Mask, reason: str) -> None:
    for row in np.flatnonzero(mask).tolist():
        reasons[row] = reason
