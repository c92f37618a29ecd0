"""Columns of cells, worked on by their distinct values."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from string import Formatter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.sources.specification import Cell
from kg.sources.values import Values, fold

__all__ = ["Cells", "encode", "fields", "fold", "folded", "number_rows", "spread"]

_NUMBER = r"^-?\d+(\.\d+)?$"
_OLDEST = 120

IntArray = npt.NDArray[np.int64]


def folded(words: Collection[str]) -> frozenset[str]:
    """The words that stand for nothing: these and the empty cell."""
    return frozenset({"", *map(fold, words)})


def encode(column: pa.Array) -> tuple[npt.NDArray[np.int64], list[str]]:
    """An array as numbers into the list of its distinct values."""
    encoded = column.dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


@dataclass(frozen=True)
class Cells:
    """The rows of a table, the words that stand for an empty cell, and a tally of cells that could not be read."""

    rows: pa.Table
    empty: frozenset[str]
    notes: Counter[str]

    def __len__(self) -> int:
        count: int = self.rows.num_rows
        return count

    def has(self, columns: Iterable[str]) -> bool:
        return set(columns) <= set(self.rows.column_names)

    def text(self, column: str) -> pa.Array:
        """The cells without outer blanks."""
        return pc.utf8_trim_whitespace(self.rows[column].combine_chunks())

    def encode(self, column: str) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The cells as numbers into the list of their distinct values."""
        return encode(self.rows[column].combine_chunks())

    def words(self, column: str) -> pa.Array:
        """The cells, null where one says nothing."""
        codes, values = encode(self.text(column))
        told = pa.array([None if fold(value) in self.empty else value for value in values], pa.string())
        return told.take(pa.array(codes))

    def translate(self, cell: Cell | None) -> pa.Array:
        """One word for each row, null where the cell says nothing; values that the map lacks are noted."""
        if cell is None or cell.column is None:
            return pa.repeat(pa.scalar(cell.constant if cell else None, pa.string()), len(self))
        if cell.values is None:
            return self.words(cell.column)
        codes, values = self.encode(cell.column)
        known = Values(cell.values)
        said = [known.get(value) for value in values]
        for number, (value, word) in enumerate(zip(values, said, strict=True)):
            if word is None and fold(value) not in self.empty:
                self.note(f"cells of {cell.column!r} hold {value[:40]!r}, which has no meaning here", codes == number)
        return pa.array([word or None for word in said], pa.string()).take(pa.array(codes))

    def numbers(self, column: str) -> pa.Array:
        """The numbers in a column, null where a cell holds none."""
        return _numbers(self.text(column))

    def ages(self, cell: Cell | None) -> pa.Array:
        """Ages in years, null where none is told; cells that are no age from 0 to 120 are noted."""
        told = self.translate(cell)
        years = _numbers(pc.fill_null(told, ""))
        years = pc.if_else(pc.and_(pc.greater_equal(years, 0), pc.less_equal(years, _OLDEST)), years, None)
        wrong = pc.and_(told.is_valid(), pc.invert(years.is_valid()))
        if cell:
            what = f"cells of {cell.column!r} are no age in years from 0 to {_OLDEST}"
            self.note(what, wrong.to_numpy(zero_copy_only=False))
        return years

    def fill(self, template: str, **constants: str) -> pa.Array:
        """The template filled for each row; empty where one of its columns is."""
        parts: list[pa.Array | pa.Scalar] = [pa.repeat(pa.scalar(""), len(self))]
        said = pa.scalar(True)
        for text, field, _, _ in Formatter().parse(template):
            parts.append(pa.scalar(text))
            if field in constants:
                parts.append(pa.scalar(constants[field]))
            elif field:
                cells = self.text(field)
                said = pc.and_(said, pc.not_equal(cells, ""))
                parts.append(cells)
        return pc.if_else(said, pc.binary_join_element_wise(*parts, ""), "")

    def fill_words(self, template: str) -> pa.Array:
        """The template filled for each row, null where one of its columns says nothing."""
        said = pa.repeat(pa.scalar(True), len(self))
        for field in fields(template):
            said = pc.and_(said, self.words(field).is_valid())
        return pc.if_else(said, self.fill(template), None)

    def note(self, what: str, cells: npt.NDArray[np.bool_]) -> None:
        """Counts the marked cells under this heading."""
        self.notes[what] += int(np.count_nonzero(cells))


def _numbers(cells: pa.Array) -> pa.Array:
    return pc.cast(pc.if_else(pc.match_substring_regex(cells, _NUMBER), cells, None), pa.float32())


def fields(template: str) -> list[str]:
    """The columns that a template names."""
    return [field for _, field, _, _ in Formatter().parse(template) if field]


def spread(codes: npt.NDArray[np.integer], sizes: npt.NDArray[np.int64]) -> tuple[IntArray, IntArray]:
    """Each row once for each entry of its code, and the place of that entry among all codes' entries.

    `sizes` has the number of entries of each code; the entries of the codes follow each other.
    """
    if not len(codes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    starts = np.cumsum(sizes) - sizes
    repeats = sizes[codes]
    rows = np.repeat(np.arange(len(codes)), repeats)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return rows, starts[codes[rows]] + within


def number_rows(columns: Sequence[pa.Array]) -> tuple[IntArray, IntArray]:
    """A number for each distinct combination of values, nulls included, and the first row that has it."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = column.dictionary_encode(null_encoding="encode")
        _, key = np.unique(key * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy(), return_inverse=True)
    _, first, numbers = np.unique(key, return_index=True, return_inverse=True)
    return numbers, first
