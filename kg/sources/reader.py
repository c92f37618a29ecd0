"""A source read as its specification says: images, captions, statements, and what had to be rejected."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.errors import InputError
from kg.pairs import CAPTIONS, IMAGES, STATEMENTS
from kg.sources.cells import Cells, fields, folded
from kg.sources.folder import Folder
from kg.sources.join import Joined, Match, match, take_columns
from kg.sources.rejects import Rejects
from kg.sources.specification import Fact, Join, SourceSpec, TableFile
from kg.sources.statements import state
from kg.sources.tables import LINE, Table, read_table

_FILE = "\x00file"
_PLACE = "\x00place"


@dataclass(frozen=True)
class Reading:
    """What was read of a source. `rows_in` equals the rows of `images` plus those of `rejects`.

    What is counted is the image: a row that names two (Derm7pt) counts twice, a row that cannot be parsed once. A row
    of a joined file counts only where it had to be rejected.
    """

    source: str
    spec: SourceSpec
    images: pa.Table  # IMAGES
    captions: pa.Table  # CAPTIONS
    statements: pa.Table  # STATEMENTS
    rejects: pa.Table  # REJECTS
    rows_in: int
    sha256: dict[str, str]  # of each file read, by its path below the root
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """A table that was read: its file (none for images as rows), the split that it stands for, and its hash."""

    name: str
    split: str | None
    table: Table
    sha256: tuple[str, str]


def read_source(spec: SourceSpec, path: Path, *, progress: bool = True, most: int | None = None) -> Reading:
    """Reads the tables at `path`, a folder or the table itself, and finds the images below it or beside it.

    With `most`, so many rows of each table at most, for a look at it; joined files are read whole.

    Raises InputError where the path, a needed file or a needed column is missing.
    """
    if not path.exists():
        raise InputError(f"{spec.name}: {path} does not exist")
    folder = Folder.walk(path if path.is_dir() else path.parent)
    names = _table_names(spec, path, folder)
    found = [(join, folder.table(join.file)) for join in spec.joins]
    notes: Counter[str] = Counter()
    absent = [f"{join.file} not found below {folder.root}: what it says is left out" for join, at in found if not at]
    if missing := [join.file for join, at in found if not at and not join.optional]:
        raise InputError(f"{spec.name}: no file {missing[0]!r} below {folder.root}")

    with tqdm(desc=f"read {spec.name}", unit="file", disable=None if progress else True) as bar:
        parts = []
        for name, declared in names:
            parts.append(_part(spec, folder, name, declared, most))
            bar.update()
        joined = [(join, _joined(join, folder, at) if at else None) for join, at in found]

    cells, matches = _join(_concatenate([part.table for part in parts]), joined, folded(spec.placeholders), notes)
    files = [part.name for part in parts]
    rejects = Rejects(spec.name, files, cells.rows, _FILE, views=len(spec.image.views))
    splits = _splits(spec, cells, folder, [part.split for part in parts])
    images = _images(spec, cells, folder, splits, rejects)
    ids = _ids(images, rejects, len(cells))
    said = [_state_views(spec, fact, cells, ids) for fact in spec.facts]
    said += [_state_join(spec, join, matched, ids) for join, matched in matches]
    tables = [(part.name, part.table) for part in parts] + [(each.name, each.table) for _, each in joined if each]
    for name, table in tables:
        rejects.add_records(name, table.rejects)
    images = images.filter(pa.array(rejects.kept))
    unavailable = images.num_rows - int(pc.sum(images["available"]).as_py() or 0)
    if unavailable:
        notes[f"of {images.num_rows:,} images not found below {folder.root}"] = unavailable
    return Reading(
        source=spec.name,
        spec=spec,
        images=images,
        captions=_captions(spec, cells, ids),
        statements=pa.concat_tables([STATEMENTS.empty_table(), *said]).combine_chunks(),
        rejects=rejects.table(),
        rows_in=rejects.records + sum(len(table.rejects) for _, table in tables),
        sha256=dict([*(part.sha256 for part in parts), *(_hash_file(folder, each.name) for _, each in joined if each)]),
        notes=(*absent, *(f"{count:,} {what}" for what, count in notes.items() if count)),
    )


def inputs(spec: SourceSpec, path: Path) -> dict[str, str]:
    """What a reading depends on beside the specification: the SHA-256 of each file, and of the names of the images.

    Raises InputError as `read_source` does.
    """
    if not path.exists():
        raise InputError(f"{spec.name}: {path} does not exist")
    folder = Folder.walk(path if path.is_dir() else path.parent)
    names = [name for name, declared in _table_names(spec, path, folder) if not declared.images]
    patterns = [*(join.file for join in spec.joins), *(each.file for each in spec.split_files)]
    others = [folder.table(pattern) for pattern in patterns]
    listing = hashlib.sha256(str(folder.root).encode())
    for paths in (*folder.images.values(), sorted(folder.outward)):
        listing.update("\0".join([*paths, ""]).encode("utf-8", "surrogateescape"))
    return {**dict(_hash_file(folder, name) for name in [*names, *filter(None, others)]), "": listing.hexdigest()}


def _table_names(spec: SourceSpec, path: Path, folder: Folder) -> list[tuple[str, TableFile]]:
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
    needed, optional = _fact_columns(spec.facts)
    image = spec.image
    needed |= {*fields(image.key), *(field for view in image.views for field in fields(view.path))} - {"view"}
    groups = [group for group in (image.patient, image.lesion, image.case) if group]
    needed |= {*spec.captions, *(field for group in groups for field in fields(group))}
    cells = [image.age, image.sex, image.split, *(view.modality for view in image.views)]
    needed |= {cell.column for cell in cells if cell and cell.column}
    needed |= {field for join in spec.joins for field in fields(join.of)}
    elsewhere = {column for join in spec.joins for column in join.columns}
    return needed - elsewhere, optional - elsewhere


def _fact_columns(facts: Iterable[Fact]) -> tuple[set[str], set[str]]:
    columns: tuple[set[str], set[str]] = (set(), set())
    for fact in facts:
        columns[fact.optional].update(fact.columns, fact.companions)
    return columns


def _part(spec: SourceSpec, folder: Folder, name: str, declared: TableFile, most: int | None) -> _Part:
    needed, optional = _columns(spec)
    if declared.images:
        rows = folder.image_rows(declared.images)[:most]
        if not rows.num_rows:
            raise InputError(f"{spec.name}: no image fits {declared.images!r} below {folder.root}")
        table = Table(
            folder.root, tuple(rows.column_names), rows.append_column(LINE, pa.array(range(1, len(rows) + 1)))
        )
        listing = hashlib.sha256("\n".join(rows["path"].to_pylist()).encode()).hexdigest()
        name, sha256 = "", (f"images {declared.images}", listing)
    else:
        table = _read(folder.root / name, needed, optional, declared, most)
        sha256 = _hash_file(folder, name)
    table = _with_optional(table, spec.image.optional)
    _require(table, needed)
    return _Part(name, declared.split, table, sha256)


def _with_optional(table: Table, optional: tuple[str, ...]) -> Table:
    """The table with empty cells in the columns that it may lack."""
    rows, header = table.rows, table.header
    for name in optional:
        if name not in header:
            rows = rows.append_column(name, pa.repeat(pa.scalar(""), len(rows)))
            header = (*header, name)
    return replace(table, rows=rows, header=header)


def _joined(join: Join, folder: Folder, name: str) -> Joined:
    needed, optional = _fact_columns(join.facts)
    needed |= {*fields(join.key), *(join.drop or {}), *join.columns}
    table = _read(folder.root / name, needed, optional, join)
    _require(table, needed)
    return Joined(join, name, table)


def _join(
    rows: pa.Table, joined: list[tuple[Join, Joined | None]], empty: frozenset[str], notes: Counter[str]
) -> tuple[Cells, list[tuple[Join, Match]]]:
    """The rows with the columns that joined files add to them, and which rows of those files are theirs."""
    matches = []
    for join, there in joined:
        matched = match(there, Cells(rows, empty, notes)) if there else None
        if there and matched:
            matches.append((join, matched))
        rows = take_columns(rows, join.columns, matched, join.file)
    return Cells(rows, empty, notes), matches


def _read(
    path: Path, needed: set[str], optional: set[str], declared: TableFile | Join, most: int | None = None
) -> Table:
    columns = frozenset(needed | optional)
    return read_table(
        path, columns, separator=declared.separator, header=declared.header, sheet=declared.sheet, most=most
    )


def _require(table: Table, needed: set[str]) -> None:
    if missing := sorted(needed - set(table.header)):
        there = ", ".join(table.header[:60])
        raise InputError(f"{table.path}: column {', '.join(map(repr, missing))} is missing; the columns are {there}")


def _concatenate(tables: list[Table]) -> pa.Table:
    """All rows as one table, with the number of the file that each is from and its place there, from 0."""
    parts = []
    for number, table in enumerate(tables):
        count = table.rows.num_rows
        lost = np.sort([reject.line for reject in table.rejects])
        place = np.arange(count) + np.searchsorted(lost, table.rows[LINE].to_numpy())
        part = table.rows.append_column(_FILE, pa.array(np.full(count, number, np.int32)))
        parts.append(part.append_column(_PLACE, pa.array(place.astype(str), pa.string())))
    return pa.concat_tables(parts, promote_options="default").combine_chunks()


def _images(spec: SourceSpec, cells: Cells, folder: Folder, splits: pa.Array, rejects: Rejects) -> pa.Table:
    """One record for each view of each row, the views one after the other; rejected ones are still among them."""
    image, views = spec.image, spec.image.views

    def of_views(templates: list[str]) -> pa.Array:
        filled = [cells.fill(each, view=view.name or "") for each, view in zip(templates, views, strict=True)]
        return _cut(pa.concat_arrays(filled), image.prefix)

    keys = of_views([image.key] * len(views))
    paths = of_views([view.path for view in views])
    if len(views) > 1:
        rejects.leave_out(pc.equal(paths, ""))
    rejects.require_keys(keys, image.key)
    rejects.require_paths(paths, folder, views[0].path, distinct=len(views) > 1)
    found = folder.images_of(paths)
    rejects.require_inside(found, folder)

    def per_view(column: pa.Array) -> pa.Array:
        return pa.concat_arrays([column] * len(views))

    def group(template: str | None) -> pa.Array:
        words = cells.fill_words(template) if template else pa.nulls(len(cells), pa.string())
        return per_view(pc.binary_join_element_wise(spec.name, words, ":"))

    columns = {
        "image": pc.binary_join_element_wise(spec.name, keys, ":"),
        "source": pa.repeat(pa.scalar(spec.name), len(keys)),
        "key": keys,
        "root": pa.repeat(pa.scalar(str(folder.root)), len(keys)),
        "path": found,
        "available": found.is_valid(),
        "modality": pa.concat_arrays([cells.translate(view.modality) for view in views]),
        "patient": group(image.patient),
        "lesion": group(image.lesion),
        "case": group(image.case),
        "age": per_view(cells.ages(image.age)),
        "sex": per_view(cells.translate(image.sex)),
        "source_split": per_view(splits),
    }
    return pa.table(columns, schema=IMAGES)


def _splits(spec: SourceSpec, cells: Cells, folder: Folder, of_file: list[str | None]) -> pa.Array:
    """The split of each row: from its column, else from its file, else from a file that lists it."""
    nothing = pa.scalar(None, pa.string())
    file = cells.rows[_FILE].combine_chunks()
    split = pc.coalesce(cells.translate(spec.image.split), pa.array(of_file, pa.string()).take(file))
    for each in spec.split_files:
        name = folder.table(each.file)
        if name is None:
            cells.notes[f"split file not found below {folder.root}: {each.file}"] += 1
            continue
        table = _read(folder.root / name, {each.column}, set(), TableFile())
        _require(table, {each.column})
        listed = Cells(table.rows, cells.empty, cells.notes).text(each.column)
        own = cells.text(_PLACE) if each.by == "position" else cells.fill(spec.image.key, view="")
        split = pc.coalesce(split, pc.if_else(pc.is_in(own, value_set=listed), each.split, nothing))
    return split


def _ids(images: pa.Table, rejects: Rejects, count: int) -> list[pa.Array]:
    """The image of each row, one array for each view; null where it was rejected."""
    ids = pc.if_else(pa.array(rejects.kept), images["image"].combine_chunks(), None)
    return [ids.slice(view * count, count) for view in range(rejects.views)]


def _captions(spec: SourceSpec, cells: Cells, ids: list[pa.Array]) -> pa.Table:
    parts = [CAPTIONS.empty_table()]
    for column in spec.captions:
        texts = cells.words(column)
        for images in ids:
            kept = pc.and_(texts.is_valid(), images.is_valid())
            text = texts.filter(kept)
            name = pa.repeat(pa.scalar(column), len(text))
            parts.append(pa.table([images.filter(kept), name, text], schema=CAPTIONS))
    return pa.concat_tables(parts).combine_chunks()


def _state_views(spec: SourceSpec, fact: Fact, cells: Cells, ids: list[pa.Array]) -> pa.Table:
    if fact.optional and not cells.has((*fact.columns, *fact.companions)):
        cells.notes[f"fact not read: the table has no column {', '.join(map(repr, fact.columns))}"] += 1
        return STATEMENTS.empty_table()
    views = zip(spec.image.views, ids, strict=True)
    said = [state(fact, cells, images) for view, images in views if not fact.views or view.name in fact.views]
    return pa.concat_tables([STATEMENTS.empty_table(), *said])


def _state_join(spec: SourceSpec, join: Join, matched: Match, ids: list[pa.Array]) -> pa.Table:
    """The statements of a joined file: what each of its rows says of each image that it belongs to."""
    rows = matched.there.rows.take(pa.array(matched.rows))
    there = Cells(rows, matched.there.empty, matched.there.notes)
    of_rows = [images.take(pa.array(matched.of)) for images in ids]
    said = [_state_views(spec, fact, there, of_rows) for fact in join.facts]
    return pa.concat_tables([STATEMENTS.empty_table(), *said])


def _cut(texts: pa.Array, prefix: str) -> pa.Array:
    """The texts without the prefix that they begin with."""
    if not prefix:
        return texts
    return pc.if_else(pc.starts_with(texts, prefix), pc.utf8_slice_codeunits(texts, len(prefix)), texts)


def _hash_file(folder: Folder, name: str) -> tuple[str, str]:
    with (folder.root / name).open("rb") as file:
        return name, hashlib.file_digest(file, "sha256").hexdigest()
