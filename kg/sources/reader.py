"""A source read as its specification says: images, captions, statements, and what had to be rejected."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.licences import combine
from kg.pairs import CAPTIONS, IMAGES, REJECTS, STATEMENTS
from kg.sources.cells import Cells, folded
from kg.sources.files import PLACE, Files, Rows
from kg.sources.folder import Folder
from kg.sources.join import Joined, Match, take_columns
from kg.sources.rejects import Rejects, Seen, list_records
from kg.sources.specification import Fact, Join, SourceSpec, SplitFile
from kg.sources.statements import state
from kg.sources.tables import Reject
from kg.wording import counted


@dataclass(frozen=True)
class Part:
    """What some rows of a source say."""

    images: pa.Table  # IMAGES
    captions: pa.Table  # CAPTIONS
    statements: pa.Table  # STATEMENTS

    @classmethod
    def concatenate(cls, parts: Iterable["Part"]) -> "Part":
        """What all the parts say, in their order."""
        tables = [(part.images, part.captions, part.statements) for part in (_NOTHING, *parts)]
        return cls(*(pa.concat_tables(column).combine_chunks() for column in zip(*tables, strict=True)))


_NOTHING = Part(IMAGES.empty_table(), CAPTIONS.empty_table(), STATEMENTS.empty_table())


@dataclass(frozen=True)
class Reading(Part):
    """All that a source says. `rows_in` equals the rows of `images` plus those of `rejects`.

    What is counted is the image: a row that names two (Derm7pt) counts twice, a row that cannot be parsed once. A row
    of a joined file counts only where it had to be rejected.
    """

    spec: SourceSpec
    rejects: pa.Table  # REJECTS
    rows_in: int
    sha256: dict[str, str]  # of each file read, by its path below the root
    notes: tuple[str, ...]


def read_source(spec: SourceSpec, path: Path, *, progress: bool = True, most: int | None = None) -> Reading:
    """Reads the tables at `path`, a folder or the table itself, and finds the images below it or beside it.

    With `most`, so many rows of each table at most, for a look at it; joined files are read whole.

    Raises InputError where the path, a needed file or a needed column is missing.
    """
    reader = Reader(spec, path, progress=progress)
    part = Part.concatenate(reader.read(most))
    return Reading(
        images=part.images,
        captions=part.captions,
        statements=part.statements,
        spec=spec,
        rejects=reader.rejects,
        rows_in=reader.rows_in,
        sha256=reader.sha256,
        notes=reader.notes,
    )


def inputs(spec: SourceSpec, path: Path) -> dict[str, str]:
    """What a reading depends on beside the specification: the SHA-256 of each file, and of the names of the images.

    Raises InputError as `read_source` does.
    """
    return Files.find(spec, path).hash_inputs()


def terms_of_use(spec: SourceSpec, path: Path) -> tuple[str, str]:
    """The licence and the citation of what is read at `path`: the source's, and those of joined files that are there.

    Raises InputError as `read_source` does.
    """
    if not any(join.licence or join.citation for join in spec.joins):
        return spec.licence, spec.citation
    read = [join for join, at in Files.find(spec, path).joined if at]
    licences = [(join.title or join.file, join.licence) for join in read if join.licence]
    citations = [f"{join.title or join.file}: {join.citation}" for join in read if join.citation]
    return combine(spec.licence, licences), " ".join([spec.citation, *citations])


class Reader:
    """Reads a source once, a part at a time, and accounts for every row.

    In memory are one part, the files that are joined, the names of the images and 24 bytes of each key. What is
    `rejects`, `rows_in`, `sha256` and `notes` in a Reading is told of the rows read so far.
    """

    def __init__(self, spec: SourceSpec, path: Path, *, progress: bool = True) -> None:
        """Raises InputError where the path or a needed file is missing."""
        self.spec = spec
        self.rows_in = 0
        self._files = Files.find(spec, path)
        self._progress = progress
        self._empty = folded(spec.placeholders)
        self._counted: Counter[str] = Counter()
        self._seen = Seen()
        self._rejects = [REJECTS.empty_table()]
        root = self._files.folder.root
        found = self._files.joined
        self._absent = [f"{join.file} not found below {root}: what it says is left out" for join, at in found if not at]
        self._joined = [(join, self._open_joined(join, at) if at else None) for join, at in found]
        self._listed = self._list_splits()
        self.sha256 = self._files.hash_tables()

    @property
    def rejects(self) -> pa.Table:
        """REJECTS of the rows read so far; those of joined files come last."""
        return pa.concat_tables(self._rejects).combine_chunks()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the rows read so far, each thing with how often it occurred."""
        return (*self._absent, *(f"{count:,} {what}" for what, count in self._counted.items() if count))

    def read(self, most: int | None = None) -> Iterator[Part]:
        """The parts of the tables in their order; with `most`, so many rows of each table at most.

        Raises InputError where a needed column is missing.
        """
        images = available = 0
        file = None
        with tqdm(desc=f"read {self.spec.name}", unit="row", disable=None if self._progress else True) as bar:
            for rows in self._files.read(most):
                if rows.file != file:
                    file = rows.file
                    self._note_unread(self.spec.facts, rows.rows.column_names, file)
                part = self._say(rows)
                images += len(part.images)
                available += pc.sum(part.images["available"]).as_py() or 0
                bar.update(len(rows.rows))
                yield part
        for joined in filter(None, (joined for _, joined in self._joined)):
            joined.finish()
            self._reject(joined.name, joined.rejects)
        if images > available:
            self._counted[f"of {counted(images, 'image')} not found below {self._files.folder.root}"] = (
                images - available
            )

    def _open_joined(self, join: Join, name: str) -> Joined:
        table = self._files.read_joined(join, name)
        self._note_unread(join.facts, table.header, name)
        return Joined(join, name, table, self._empty, self._counted)

    def _list_splits(self) -> list[tuple[SplitFile, pa.Array]]:
        """The rows that each split file names."""
        listed = []
        for each, name in self._files.split_files:
            if name is None:
                self._counted[f"split file not found below {self._files.folder.root}: {each.file}"] += 1
                continue
            cells = Cells(self._files.read_listed(each, name), self._empty, self._counted)
            listed.append((each, pc.unique(cells.text(each.column))))
        return listed

    def _note_unread(self, facts: Iterable[Fact], columns: Iterable[str], file: str) -> None:
        """Counts the facts that a file does not tell; those of joined columns are told elsewhere."""
        there = {*columns, *(column for join in self.spec.joins for column in join.columns)}
        for fact in facts:
            if fact.optional and not there.issuperset((*fact.columns, *fact.companions)):
                names = ", ".join(map(repr, fact.columns))
                self._counted[f"fact not read: {file or 'the table'} has no column {names}"] += 1

    def _say(self, rows: Rows) -> Part:
        """What some rows say, those that are rejected left out."""
        spec, folder = self.spec, self._files.folder
        cells, matches = self._join(rows.rows)
        rejects = Rejects(spec.name, rows.file, cells.rows, len(spec.image.views), self._seen)
        images = _images(spec, cells, folder, self._split(cells, rows.split), rejects)
        ids = _ids(images, rejects, len(cells))
        said = [_state_views(spec, fact, cells, ids) for fact in spec.facts]
        said += [_state_join(spec, join, matched, ids) for join, matched in matches]
        self.rows_in += rejects.records
        self._rejects.append(rejects.table())
        self._reject(rows.file, rows.rejects)
        return Part(
            images.filter(pa.array(rejects.kept)),
            _captions(spec, cells, ids),
            pa.concat_tables([STATEMENTS.empty_table(), *said]).combine_chunks(),
        )

    def _reject(self, file: str, records: list[Reject]) -> None:
        """Accounts for records that could not be parsed."""
        self.rows_in += len(records)
        self._rejects.append(list_records(self.spec.name, file, records))

    def _join(self, rows: pa.Table) -> tuple[Cells, list[tuple[Join, Match]]]:
        """The rows with the columns that joined files add to them, and which rows of those files are theirs."""
        matches = []
        for join, joined in self._joined:
            matched = joined.match(Cells(rows, self._empty, self._counted)) if joined else None
            if matched:
                matches.append((join, matched))
            rows = take_columns(rows, join.columns, matched, join.file)
        return Cells(rows, self._empty, self._counted), matches

    def _split(self, cells: Cells, of_file: str | None) -> pa.Array:
        """The split of each row: from its column, else from its file, else from a file that lists it."""
        split = pc.coalesce(cells.translate(self.spec.image.split), pa.scalar(of_file, pa.string()))
        for each, listed in self._listed:
            position = each.by == "position"
            own = cells.rows[PLACE].cast(pa.string()) if position else cells.fill(self.spec.image.key, view="")
            named = pc.if_else(pc.is_in(own, value_set=listed), each.split, pa.scalar(None, pa.string()))
            split = pc.coalesce(split, named)
        return split.combine_chunks() if isinstance(split, pa.ChunkedArray) else split


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
    rejects.require_paths(paths, folder, "".join(view.path for view in views), distinct=len(views) > 1)
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
