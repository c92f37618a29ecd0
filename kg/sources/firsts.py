"""Where texts stood first, of texts that come in parts."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_BYTES = 16

IntArray = npt.NDArray[np.int64]
_Digests = npt.NDArray[np.bytes_]


class Firsts:
    """The line at which each text stood first. A text is known by its BLAKE2 hash: 24 bytes each, however long.

    Hashes are kept in sorted runs, each more than twice as long as the next, so that adding n of them takes
    n log n steps.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[_Digests, IntArray]] = []

    def note(self, texts: Sequence[str], lines: IntArray) -> IntArray:
        """The line that was noted for each text before, -1 for those that are new; these have their own line now.

        The texts are distinct.
        """
        digests = _digest(texts)
        before = self._find(digests)
        new = before < 0
        if new.any():
            self._add(digests[new], lines[new])
        return before

    def _find(self, digests: _Digests) -> IntArray:
        found = np.full(len(digests), -1, np.int64)
        for known, lines in self._runs:
            place = np.minimum(np.searchsorted(known, digests), len(known) - 1)
            found = np.where(known[place] == digests, lines[place], found)
        return found

    def _add(self, digests: _Digests, lines: IntArray) -> None:
        self._runs.append(_sort(digests, lines))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            (one, lines_of_one), (other, lines_of_other) = self._runs.pop(), self._runs.pop()
            merged = np.concatenate([one, other]), np.concatenate([lines_of_one, lines_of_other])
            self._runs.append(_sort(*merged))


def _sort(digests: _Digests, lines: IntArray) -> tuple[_Digests, IntArray]:
    order = np.argsort(digests, kind="stable")
    return digests[order], lines[order]


def _digest(texts: Sequence[str]) -> _Digests:
    found = [hashlib.blake2b(text.encode(), digest_size=_BYTES).digest() for text in texts]
    return np.array(found, f"S{_BYTES}")
