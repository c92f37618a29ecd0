"""The files of a source: which they are, what identifies them, and their rows, a part at a time."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from kg.errors import InputError
from kg.sources.cells import fields
from kg.sources.folder import Folder
from kg.sources.specification import Fact, Join, SourceSpec, SplitFile, TableFile
from kg.sources.tables import LINE, Reject, Table, read_parts, read_table

PLACE = "\x00place"
"""Name of the column that holds a row's place in its file, from 0, rows that could not be parsed counted."""

_PART = 20_000


@dataclass(frozen=True)
class Rows:
    """Some rows of one file in their order, with LINE and PLACE, and the records between them that are not usable."""

    file: str  # empty for images that are rows themselves
    split: str | None  # that the file stands for
    rows: pa.Table
    rejects: list[Reject]


@dataclass(frozen=True)
class Files:
    """The tables of a source in the order in which they are read, each with the entry of the specification it fits."""

    spec: SourceSpec
    folder: Folder
    tables: tuple[tuple[str, TableFile], ...]

    @classmethod
    def find(cls, spec: SourceSpec, path: Path) -> "Files":
        """The tables at `path`, a folder or the table itself. Raises InputError where there is none."""
        if not path.exists():
            raise InputError(f"{spec.name}: {path} does not exist")
        folder = Folder.walk(path if path.is_dir() else path.parent)
        return cls(spec, folder, tuple(_tables(spec, path, folder)))

    @property
    def joined(self) -> list[tuple[Join, str | None]]:
        """The files that say more, None for one that is not there. Raises InputError where it must be."""
        found = [(join, self.folder.table(join.file)) for join in self.spec.joins]
        if missing := [join.file for join, at in found if not at and not join.optional]:
            raise InputError(f"{self.spec.name}: no file {missing[0]!r} below {self.folder.root}")
        return found

    @property
    def split_files(self) -> list[tuple[SplitFile, str | None]]:
        """The files that list the rows of a split, None for one that is not there."""
        return [(each, self.folder.table(each.file)) for each in self.spec.split_files]

    def hash_tables(self) -> dict[str, str]:
        """The SHA-256 of each file of rows and each joined file; for images that are rows, that of their paths."""
        hashes = {}
        for name, declared in self.tables:
            if declared.images:
                paths = self.folder.image_rows(declared.images)["path"].to_pylist()
                hashes[f"images {declared.images}"] = hashlib.sha256("\n".join(paths).encode()).hexdigest()
            else:
                hashes[name] = self._hash(name)
        return {**hashes, **{at: self._hash(at) for _, at in self.joined if at}}

    def hash_inputs(self) -> dict[str, str]:
        """The SHA-256 of each file of which the reading depends, and below `""` that of the names of the images."""
        names = [name for name, declared in self.tables if not declared.images]
        others = [at for _, at in (*self.joined, *self.split_files) if at]
        listing = hashlib.sha256(str(self.folder.root).encode())
        for paths in (*self.folder.images.values(), sorted(self.folder.outward)):
            listing.update("\0".join([*paths, ""]).encode("utf-8", "surrogateescape"))
        return {**{name: self._hash(name) for name in [*names, *others]}, "": listing.hexdigest()}

    def _hash(self, name: str) -> str:
        with (self.folder.root / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def read(self, most: int | None = None) -> Iterator[Rows]:
        """The rows of all tables, some thousands at a time, at least one part of each file.

        With `most`, so many rows of each table at most. Raises InputError where a column is missing.
        """
        needed, optional = _columns(self.spec)
        for name, declared in self.tables:
            done = 0
            for table in self._open(name, declared, frozenset(needed | optional), most):
                whole = _with_optional(table, self.spec.image.optional)
                _require(whole, needed)
                rows = _numbered(whole, done)
                yield Rows("" if declared.images else name, declared.split, rows, table.rejects)
                done += len(rows) + len(table.rejects)

    def _open(self, name: str, declared: TableFile, columns: frozenset[str], most: int | None) -> Iterator[Table]:
        if not declared.images:
            yield from read_parts(
                self.folder.root / name,
                columns,
                separator=declared.separator,
                header=declared.header,
                sheet=declared.sheet,
                most=most,
            )
            return
        rows = self.folder.image_rows(declared.images)[:most]
        if not len(rows):
            raise InputError(f"{self.spec.name}: no image fits {declared.images!r} below {self.folder.root}")
        rows = rows.append_column(LINE, pa.array(range(1, len(rows) + 1)))
        for start in range(0, len(rows), _PART):
            yield Table(self.folder.root, tuple(rows.column_names), rows.slice(start, _PART))

    def read_joined(self, join: Join, name: str) -> Table:
        """The columns of a joined file that are used. Raises InputError where one is missing."""
        needed, optional = fact_columns(join.facts)
        needed |= {*fields(join.key), *(join.drop or {}), *join.columns}
        columns = frozenset(needed | optional)
        path = self.folder.root / name
        table = read_table(path, columns, separator=join.separator, header=join.header, sheet=join.sheet)
        _require(table, needed)
        return table

    def read_listed(self, listed: SplitFile, name: str) -> pa.Table:
        """The column of a split file that names the rows. Raises InputError where it is missing."""
        table = read_table(self.folder.root / name, frozenset({listed.column}))
        _require(table, {listed.column})
        return table.rows


def _tables(spec: SourceSpec, path: Path, folder: Folder) -> list[tuple[str, TableFile]]:
    """The tables to read, each with the first entry of the specification that it fits."""
    if path.is_file():
        fits = (table for table in spec.tables if folder.fits(path.name, table.file))
        return [(path.name, next(fits, spec.tables[0] if len(spec.tables) == 1 else TableFile(file=path.name)))]
    names: dict[str, TableFile] = {}
    for table in spec.tables:
        for name in folder.matching(table.file) if table.file else [table.images]:
            names.setdefault(name, table)
    if not names:
        wanted = " or ".join(repr(table.file) for table in spec.tables)
        seen = ", ".join(folder.tables[:8]) or "no table at all"
        raise InputError(f"{spec.name}: no file {wanted} below {folder.root}; there is {seen}")
    return list(names.items())


def _columns(spec: SourceSpec) -> tuple[set[str], set[str]]:
    """The columns that the tables must have, and those that they may have."""
    needed, optional = fact_columns(spec.facts)
    image = spec.image
    needed |= {*fields(image.key), *(field for view in image.views for field in fields(view.path))} - {"view"}
    groups = [group for group in (image.patient, image.lesion, image.case) if group]
    needed |= {*spec.captions, *(field for group in groups for field in fields(group))}
    cells = [image.age, image.sex, image.split, *(view.modality for view in image.views)]
    needed |= {cell.column for cell in cells if cell and cell.column}
    needed |= {field for join in spec.joins for field in fields(join.of)}
    elsewhere = {column for join in spec.joins for column in join.columns}
    return needed - elsewhere, optional - elsewhere


def fact_columns(facts: Iterable[Fact]) -> tuple[set[str], set[str]]:
    """The columns that facts need, and those that they read where they are there."""
    columns: tuple[set[str], set[str]] = (set(), set())
    for fact in facts:
        columns[fact.optional].update(fact.columns, fact.companions)
    return columns


def _with_optional(table: Table, optional: tuple[str, ...]) -> Table:
    """The table with empty cells in the columns that it may lack."""
    rows, header = table.rows, table.header
    for name in optional:
        if name not in header:
            rows = rows.append_column(name, pa.repeat(pa.scalar(""), len(rows)))
            header = (*header, name)
    return replace(table, rows=rows, header=header)


def _require(table: Table, needed: set[str]) -> None:
    if missing := sorted(needed - set(table.header)):
        there = ", ".join(table.header[:60])
        raise InputError(f"{table.path}: column {', '.join(map(repr, missing))} is missing; the columns are {there}")


def _numbered(table: Table, done: int) -> pa.Table:
    """The rows with their place in the file, of which `done` records were read before."""
    lost = np.sort([reject.line for reject in table.rejects])
    place = np.arange(done, done + len(table.rows)) + np.searchsorted(lost, table.rows[LINE].to_numpy())
    return table.rows.append_column(PLACE, pa.array(place, pa.int64())).combine_chunks()
