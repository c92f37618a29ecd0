"""Values of cells and what stands for each: words, whatever their case, and ranges of numbers."""

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

Said = TypeVar("Said")

_INTEGRAL = re.compile(r"(-?\d+)\.0+")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)?\s*\.\.\s*(-?\d+(?:\.\d+)?)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def fold(cell: str) -> str:
    """A cell as values are compared: without case and outer blanks, `2.0` as `2`."""
    cell = cell.strip().casefold()
    number = _INTEGRAL.fullmatch(cell)
    return number[1] if number else cell


class Values(Generic[Said]):
    """A map from cells. A key such as `18..30`, `..18` or `30..` stands for the numbers from the first, below the last.

    >>> Values({"M": "male", "0..18": "child"}).get(" m ")
    'male'
    >>> Values({"M": "male", "0..18": "child"}).get("17.5")
    'child'
    """

    def __init__(self, values: Mapping[str, Said]) -> None:
        self._words = {fold(key): said for key, said in values.items()}
        self._ranges = [(*_bounds(key), said) for key, said in values.items() if _is_range(key)]

    def get(self, cell: str) -> Said | None:
        """What stands for a cell: its word, else the first range that holds its number, else None."""
        word = fold(cell)
        if word in self._words:
            return self._words[word]
        if self._ranges and _NUMBER.fullmatch(word):
            number = float(word)
            return next((said for low, high, said in self._ranges if low <= number < high), None)
        return None


def _is_range(key: str) -> bool:
    return _RANGE.fullmatch(key.strip()) is not None


def _bounds(key: str) -> tuple[float, float]:
    low, high = key.strip().split("..")
    return float(low or "-inf"), float(high or "inf")
