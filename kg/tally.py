"""How many images have each name, and how many pairs those images have."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from kg.facets import Codes


@dataclass
class Tally:
    """How many pairs, and how many images, have each name."""

    pairs: Counter[str] = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)

    def add(self, codes: Codes, names: pa.Array, weights: Codes) -> None:
        """Count images by code (-1 for none), each for so many pairs."""
        known = codes >= 0
        pairs = np.bincount(codes[known], weights[known], minlength=len(names)).astype(np.int64)
        images = np.bincount(codes[known], minlength=len(names))
        said = np.flatnonzero(images)
        found = names.take(pa.array(said)).to_pylist()
        self.pairs.update(dict(zip(found, pairs[said].tolist(), strict=True)))
        self.images.update(dict(zip(found, images[said].tolist(), strict=True)))

    def rows(self) -> list[tuple[str, int, int]]:
        """Name, pairs and images, the most images first."""
        return [(name, self.pairs[name], count) for name, count in sorted(self.images.items(), key=_falling)]


def _falling(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
