"""What was found of image files, kept on disk: a file that has not changed since is not looked at again.

Each batch is a Parquet file of its own, which appears whole, so that whatever stops a run costs one batch at most.
"""

import secrets
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.pictures.inspection import INSPECTED

FOLDER = "pictures"
"""Of the ledger, in the folder of a graph beside its builds."""


class Ledger:
    """The rows (`INSPECTED`) of a folder, the newest for each file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> pa.Table:
        """One row a file, in no order."""
        import pyarrow.parquet as pq

        parts = sorted(self._folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
        rows = pa.concat_tables([INSPECTED.empty_table(), *(pq.read_table(part, schema=INSPECTED) for part in parts)])
        numbered = rows.append_column("number", pa.array(range(len(rows)), pa.int64()))
        newest = numbered.group_by(["root", "path"], use_threads=False).aggregate([("number", "max")])["number_max"]
        return rows.take(newest)

    def add(self, rows: list[dict[str, Any]]) -> None:
        """Keep these rows."""
        self._write(pa.Table.from_pylist(rows, INSPECTED))

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
