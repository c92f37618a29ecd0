"""Rows of a table on disk by number: only the row groups that hold them are read."""

import bisect
import itertools
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_KEPT = 8
"""Row groups that stay in memory."""


class Rows:
    """A folder of Parquet files as one table, in the order of their names. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.glob("*.parquet"))
        self._groups: list[tuple[Path, int]] = []
        sizes: list[int] = []
        for file in files:
            metadata = pq.read_metadata(file)
            self._groups += [(file, group) for group in range(metadata.num_row_groups)]
            sizes += [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        self._ends = list(itertools.accumulate(sizes))
        self._read = lru_cache(_KEPT)(_read_group)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def take(self, rows: Iterable[int]) -> list[dict[str, Any]]:
        """These rows, in this order. Raises IndexError for one that is not there."""
        found = []
        for row in map(int, rows):
            if not 0 <= row < len(self):
                raise IndexError(f"row {row} of {len(self)}")
            group = bisect.bisect_right(self._ends, row)
            start = self._ends[group - 1] if group else 0
            found += self._read(*self._groups[group]).slice(row - start, 1).to_pylist()
        return found


def _read_group(file: Path, group: int) -> pa.Table:
    with pq.ParquetFile(file) as opened:
        return opened.read_row_group(group)
