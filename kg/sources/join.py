"""Files whose rows say more of the images: matched by key, any number of rows on either side."""

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
class Joined:
    """A joined file that was found and read."""

    join: Join
    name: str
    table: Table


@dataclass(frozen=True)
class Match:
    """Which rows of a joined file belong to which rows of the tables: one entry for each pair of them."""

    there: Cells
    rows: npt.NDArray[np.int64]  # of the joined file
    of: npt.NDArray[np.int64]  # of the tables


def match(joined: Joined, cells: Cells) -> Match:
    """The pairs of rows that have the same key; rows that are dropped or belong to no row of the tables are noted."""
    join = joined.join
    there = Cells(joined.table.rows.combine_chunks(), cells.empty, cells.notes)
    drop = np.zeros(len(there), bool)
    for column, value in (join.drop or {}).items():
        codes, values = there.encode(column)
        marked = np.array([fold(each) == fold(value) for each in values], bool)[codes]
        there.note(f"rows of {joined.name} dropped, marked {column!r}", marked & ~drop)
        drop |= marked
    rows, of = pairs(there.fill(join.key), cells.fill(join.of))
    alone = np.ones(len(there), bool)
    alone[rows] = False
    there.note(f"rows of {joined.name} belong to no row of the table", alone)
    kept = ~drop[rows]
    return Match(there, rows[kept], of[kept])


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
