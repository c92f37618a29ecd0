"""What was found of image files, kept on disk: a file that has not changed since is not looked at again.

Each batch is a Parquet file of its own, which appears whole, so that whatever stops a run costs one batch at most.
"""

import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kg.pictures.inspection import INSPECTED

FOLDER = "pictures"
"""Of the ledger, in the folder of a graph beside its builds."""


class Ledger:
    """The rows (`INSPECTED`) of a folder, the newest for each file; in memory once they were read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: pa.Table | None = None

    def read(self) -> pa.Table:
        """One row a file, in no order."""
        if self._rows is None:
            self._rows = self._read()
        return self._rows

    def _read(self) -> pa.Table:
        import pyarrow.parquet as pq

        parts = sorted(self._folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
        rows = pa.concat_tables([INSPECTED.empty_table(), *(pq.read_table(part, schema=INSPECTED) for part in parts)])
        if len(parts) < 2:
            return rows  # a batch and a compacted ledger have each file once
        numbered = rows.append_column("number", pa.array(np.arange(len(rows))))
        newest = numbered.group_by(["root", "path"], use_threads=False).aggregate([("number", "max")])["number_max"]
        return rows.take(newest)

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Keep these rows."""
        self._write(pa.Table.from_pylist(rows, INSPECTED))
        self._rows = None

    def compact(self) -> None:
        """Bring all rows into one file."""
        parts = list(self._folder.glob("*.parquet"))
        if len(parts) > 1:
            self._write(self.read())
            for part in parts:
                part.unlink()

    def _write(self, rows: pa.Table) -> None:
        import pyarrow.parquet as pq

        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{secrets.token_hex(8)}.parquet"
        part = path.with_suffix(".part")
        pq.write_table(rows, part, compression="zstd")
        part.replace(path)
