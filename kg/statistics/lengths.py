"""How long texts are: a count for each number of words or tokens, which sums up over shards."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kg.facets import Codes

LONGEST = 2_000
"""Longer texts are counted as so long."""

_SPACE = np.isin(np.arange(256), list(b" \t\n\r\x0b\x0c"))


@dataclass
class Lengths:
    """`counts[n]` texts have n words or tokens."""

    counts: Codes = field(default_factory=lambda: np.zeros(LONGEST + 1, np.int64))

    def add(self, lengths: npt.NDArray[np.integer]) -> None:
        """Count more texts."""
        self.counts += np.bincount(np.minimum(lengths, LONGEST), minlength=LONGEST + 1)

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    @property
    def mean(self) -> float | None:
        return float(self.counts @ np.arange(LONGEST + 1)) / self.total if self.total else None

    def quantile(self, share: float) -> int | None:
        """The length that a share of the texts does not exceed; None without texts."""
        return int(np.searchsorted(np.cumsum(self.counts), share * self.total)) if self.total else None

    def beyond(self, length: int) -> float | None:
        """The share of texts that are longer."""
        return float(self.counts[length + 1 :].sum()) / self.total if self.total else None

    def histogram(self, edges: tuple[int, ...]) -> list[tuple[str, int]]:
        """How many texts are from one edge to below the next, the last bin without end."""
        bounds = [*edges, LONGEST + 1]
        return [
            (f"{low}–{high - 1}" if high <= LONGEST else f"{low}+", int(self.counts[low:high].sum()))
            for low, high in pairwise(bounds)
        ]


def count_words(texts: pa.ChunkedArray) -> Codes:
    """The number of words of each text: runs of bytes between ASCII white space."""
    counts = [np.empty(0, np.int64)]
    for chunk in texts.chunks:
        _, offsets, data = chunk.buffers()
        bounds = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        space = _SPACE[np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]] if data else np.empty(0, bool)
        begins = ~space
        begins[1:] &= space[:-1]
        first = bounds[:-1][bounds[:-1] < bounds[-1]] - bounds[0]
        begins[first] = ~space[first]  # the text before may end in a word
        before = np.concatenate([[0], np.cumsum(begins)])
        counts.append(np.diff(before[bounds - bounds[0]]))
    return np.concatenate(counts)
