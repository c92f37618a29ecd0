"""The account of what cannot be used: each record at most once, for the first reason found."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import REJECTS
from kg.sources.cells import encode, fields
from kg.sources.firsts import Firsts
from kg.sources.folder import Folder
from kg.sources.tables import LINE, Reject

_CLIMBS = r"(^|[/\\])\.\.([/\\]|$)"
_ABSOLUTE = r"^([/\\~]|[A-Za-z]:)"


class Seen:
    """What must stand only once in a source, of all parts read so far."""

    def __init__(self) -> None:
        self.keys = Firsts()
        self.paths = Firsts()


class Rejects:
    """Which records of a part are kept. A record is a view of a row; the views' rows follow each other."""

    def __init__(self, source: str, file: str, rows: pa.Table, views: int, seen: Seen) -> None:
        self.kept: npt.NDArray[np.bool_] = np.ones(rows.num_rows * views, bool)
        self.views = views
        self._left_out: npt.NDArray[np.bool_] = np.zeros(len(self.kept), bool)
        self._source = source
        self._file = file
        self._rows = rows
        self._seen = seen
        self._parts = [REJECTS.empty_table()]

    @property
    def records(self) -> int:
        """How many records there are."""
        return int(np.count_nonzero(~self._left_out))

    def leave_out(self, records: pa.Array) -> None:
        """Takes away what is no record at all: the views that a row has no image of."""
        self._left_out = records.to_numpy(zero_copy_only=False)
        self.kept &= ~self._left_out

    def table(self) -> pa.Table:
        """All rejects so far, with the columns of REJECTS."""
        return pa.concat_tables(self._parts).combine_chunks()

    def require_keys(self, keys: pa.Array, template: str) -> None:
        """Each key is there, and there once: of several records with the same one the first is kept."""
        column = ", ".join(fields(template))
        self._reject(pc.equal(keys, ""), column, "empty key")
        standing = np.flatnonzero(self.kept)
        codes, values = encode(keys.take(pa.array(standing)))
        first = np.full(len(values), -1)
        first[codes[::-1]] = standing[::-1]
        lines = self._lines(first)
        before = self._seen.keys.note(values, lines)
        again = (first[codes] != standing) | (before[codes] >= 0)
        repeated = np.zeros(len(self.kept), bool)
        repeated[standing[again]] = True
        said = np.where(before >= 0, before, lines)[codes[again]].tolist()
        detail = [f"{values[code]} stands in line {line} before" for code, line in zip(codes[again], said, strict=True)]
        self._reject(pa.array(repeated), column, "duplicate key", detail)

    def require_paths(self, paths: pa.Array, folder: Folder, template: str, *, distinct: bool) -> None:
        """Each path stays below the root; with `distinct`, no two records show the same image."""
        column = ", ".join(dict.fromkeys(fields(template)))
        climbs = pc.match_substring_regex(paths, _CLIMBS)
        self._reject(climbs, column, "path leaves the folder", paths.filter(climbs).to_pylist())
        absolute = pc.match_substring_regex(paths, _ABSOLUTE)
        self._reject(absolute, column, "absolute path", paths.filter(absolute).to_pylist())
        self.require_inside(paths, folder, column)
        if distinct:
            codes, values = encode(paths)
            _, first = np.unique(codes, return_index=True)
            before = self._seen.paths.note(values, self._lines(first))
            again = before[codes] >= 0
            again |= first[codes] != np.arange(len(codes))
            again &= np.asarray(pc.not_equal(paths, "").to_numpy(zero_copy_only=False))
            self._reject(pa.array(again), column, "duplicate image", paths.filter(pa.array(again)).to_pylist())

    def require_inside(self, paths: pa.Array, folder: Folder, column: str | None = None) -> None:
        """No path goes through a link to a place outside the root."""
        if folder.outward:
            outside = pa.array([path is not None and folder.leaves(path) for path in paths.to_pylist()], pa.bool_())
            self._reject(
                outside, column, "path leaves the folder", [f"{p}: a link" for p in paths.filter(outside).to_pylist()]
            )

    def _lines(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        lines: npt.NDArray[np.int64] = self._rows[LINE].to_numpy()[records % max(self._rows.num_rows, 1)]
        return lines

    def _reject(self, mask: pa.Array, column: str | None, reason: str, detail: list[str] | None = None) -> None:
        """Rejects the records of the mask that still stand; `detail` has one text for each record of the mask."""
        chosen = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        standing = self.kept[chosen]
        records = chosen[standing]
        if not len(records):
            return
        self.kept[records] = False
        row = pa.array(records % self._rows.num_rows)
        count = len(records)
        texts = pa.array(detail, pa.string()).filter(pa.array(standing)) if detail else pa.nulls(count, pa.string())
        columns = {
            "source": pa.repeat(pa.scalar(self._source), count),
            "file": pa.repeat(pa.scalar(self._file), count),
            "row": self._rows[LINE].combine_chunks().take(row),
            "column": pa.repeat(pa.scalar(column, pa.string()), count),
            "reason": pa.repeat(pa.scalar(reason), count),
            "detail": texts,
        }
        self._parts.append(pa.table(columns, schema=REJECTS))


def list_records(source: str, file: str, records: Iterable[Reject]) -> pa.Table:
    """Records that could not be parsed, with the columns of REJECTS."""
    rows = [
        {"source": source, "file": file, "row": r.line, "column": r.column, "reason": r.reason, "detail": r.detail}
        for r in records
    ]
    return pa.Table.from_pylist(rows, REJECTS)


def first_rejects(rejects: pa.Table) -> dict[str, str]:
    """The first reject (`REJECTS`) of each reason in a line for people: file, row, column and detail."""
    firsts: dict[str, str] = {}
    reasons = rejects["reason"].combine_chunks()
    for reason in pc.unique(reasons).to_pylist():
        row = rejects.slice(pc.index(reasons, reason).as_py(), 1).to_pylist()[0]
        place = [
            f"{row['file']}, row {row['row']:,}" if row["row"] else "",
            f"column {row['column']!r}" if row["column"] else "",
        ]
        where = ", ".join(filter(None, place))
        firsts[reason] = ": ".join(filter(None, (where, row["detail"])))
    return firsts
