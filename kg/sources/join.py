"""Files whose rows say more of the images: matched by key, any number of rows on either side."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.sources.cells import Cells, spread
from kg.sources.specification import Join
from kg.sources.tables import Table
from kg.sources.values import fold


@dataclass(frozen=True)
class Match:
    """Which rows of a joined file belong to which rows of a table: one entry for each pair of them."""

    there: Cells
    rows: npt.NDArray[np.int64]  # of the joined file
    of: npt.NDArray[np.int64]  # of the table


class Joined:
    """A joined file, held whole, against which the rows of the tables are matched a part at a time."""

    def __init__(self, join: Join, name: str, table: Table, empty: frozenset[str], notes: Counter[str]) -> None:
        self.join = join
        self.name = name
        self.rejects = table.rejects
        self.there = Cells(table.rows.combine_chunks(), empty, notes)
        self._keys = self.there.fill(join.key)
        self._alone = np.ones(len(self.there), bool)
        self._dropped = np.zeros(len(self.there), bool)
        for column, value in (join.drop or {}).items():
            codes, values = self.there.encode(column)
            marked = np.array([fold(each) == fold(value) for each in values], bool)[codes]
            self.there.note(f"rows of {name} dropped, marked {column!r}", marked & ~self._dropped)
            self._dropped |= marked

    def match(self, cells: Cells) -> Match:
        """The pairs of rows that have the same key, without those that are dropped."""
        rows, of = pairs(self._keys, cells.fill(self.join.of))
        self._alone[rows] = False
        kept = ~self._dropped[rows]
        return Match(self.there, rows[kept], of[kept])

    def finish(self) -> None:
        """Notes the rows that belong to no row of any part."""
        self.there.note(f"rows of {self.name} belong to no row of the table", self._alone)


def pairs(left: pa.Array, right: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places of equal texts in two arrays, one entry for each pair, by the place at the left; `""` equals none."""
    keys = pc.unique(right)
    keys = keys.filter(pc.not_equal(keys, ""))
    (lefts, left_codes), (rights, right_codes) = (_coded(side, keys) for side in (left, right))
    rows, places = spread(left_codes, np.bincount(right_codes, minlength=len(keys)))
    return lefts[rows], rights[np.argsort(right_codes, kind="stable")][places]


def _coded(texts: pa.Array, keys: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places whose text is a key, and which one it is."""
    codes = pc.index_in(texts, value_set=keys)
    return np.flatnonzero(codes.is_valid()), codes.drop_null().to_numpy().astype(np.int64)


def take_columns(rows: pa.Table, columns: Sequence[str], matched: Match | None, name: str) -> pa.Table:
    """The rows with columns of a joined file beside their own, empty where it has no row; of several rows the first.

    Without `matched` (the file is not there) all are empty. What a second row of the file would say is noted.
    """
    place = np.full(rows.num_rows, -1, np.int64)
    if matched is not None:
        place[matched.of[::-1]] = matched.rows[::-1]
        again = np.ones(len(matched.of), bool)
        again[np.unique(matched.of, return_index=True)[1]] = False
        matched.there.note(f"rows of {name} are not used, another one has the same key", again)
    take = pa.array(place, mask=place < 0)
    for column in columns:
        cells = pa.repeat(pa.scalar(""), rows.num_rows)
        if matched is not None:
            cells = pc.fill_null(matched.there.rows[column].combine_chunks().take(take), "")
        rows = rows.append_column(column, cells)
    return rows
