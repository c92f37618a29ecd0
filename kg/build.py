"""From data sets to a graph on disk: read, align, render sentences, write tables and both graphs, give an account."""

import json
import platform
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import csv
from tqdm import tqdm

from kg import counts, source_record, sources
from kg.account import Account, SourceAccount
from kg.alignment import UNLINKED
from kg.clock import Clock
from kg.engines import Engine, make_all
from kg.errors import InputError
from kg.folder import current_build, new_build
from kg.graph import FORMAT
from kg.groups import join_groups
from kg.overlap import find_overlaps
from kg.pictures import FOLDER as LEDGER
from kg.pictures import Ledger, check_pictures, have_changed, quarantine
from kg.projection import Projection
from kg.shards import Scratch, ShardAccount, Task, divide, shard_name, tally
from kg.source_record import SourceRecord
from kg.sources.rejects import first_rejects
from kg.tables import SHARD_IMAGES, SOURCES, read_shard, read_vocabulary, write_table
from kg.unsure_links import find_unsure, tally_unsure
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology
    from kg.sources import SourceSpec

_PACKAGES_OF: dict[Engine, tuple[str, ...]] = {"processes": (), "ray": ("ray",)}
_PARTS = ("rejects", "unlinked", "counts")


def build(
    sources: Sequence[tuple[str, Path]],
    out: Path,
    *,
    ontology: "Ontology",
    engine: Engine = "processes",
    processes: int | None = None,
    shard_images: int = SHARD_IMAGES,
    check_images: bool = False,
    progress: bool = True,
) -> Account:
    """Build the graph of these (name, path) sources in the folder `out`, and return the account of every row.

    A graph that is already there stays in use until this one is done, whatever stops the build, and what it made of a
    source that has not changed since is taken over. Sources are aligned in slices of `shard_images`, by as many
    `processes` as there are cores or on a Ray cluster. `check_images` opens every image file that has changed since it
    was last opened; those that cannot be used are put aside and not `available`. Raises InputError when a source cannot
    be read, when another build is under way, and when the disk refuses (full, no permission).
    """
    if twice := [name for name, count in Counter(name for name, _ in sources).items() if count > 1]:
        raise InputError(f"source {twice[0]!r} is named twice: put its files in one folder, or give one another name")
    if not sources:
        raise InputError("no source to build from")
    try:
        with tqdm(unit="step", disable=None if progress else True) as bar, new_build(out) as folder:
            ledger = Ledger(out / LEDGER) if check_images else None
            work = _Work(folder, _earlier(out), ontology, Clock(bar), shard_images, progress, ledger)
            return work.build(sources, engine, processes)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise InputError(
            f"{out}: {error.strerror or error}{where}: the build was not finished; an older graph there is still in use"
        ) from error


def _earlier(out: Path) -> Path | None:
    """The build in use, if there is one."""
    try:
        return current_build(out)
    except InputError:
        return None


@dataclass
class _Source:
    """A source, what is known of it before it is aligned, and the shards that are made of it."""

    name: str
    path: Path
    spec: "SourceSpec"
    data: Path
    fingerprint: str = ""
    shards: list[str] = field(default_factory=list)
    reader: sources.Reader | None = None
    quarantined: dict[str, int] = field(default_factory=dict)
    record: SourceRecord | None = None  # of an earlier build, where it is taken over


@dataclass(frozen=True)
class _Work:
    """One build under way."""

    folder: Path
    earlier: Path | None
    ontology: "Ontology"
    clock: Clock
    shard_images: int
    progress: bool
    ledger: Ledger | None  # of the image files, where they are to be opened

    def build(self, named: Sequence[tuple[str, Path]], engine: Engine, processes: int | None) -> Account:
        listed = [_Source(name, path, *sources.resolve(name, path)) for name, path in named]
        self._write_vocabulary(listed)
        scratch = Scratch(self.folder)
        with Projection(self.folder, self.ontology, scratch.parts) as projection:
            tasks = chain.from_iterable(self._tasks(source, scratch) for source in listed)
            with self.clock.step("make shards"):
                for task in make_all(tasks, self.folder, self.ontology, engine=engine, processes=processes):
                    if "source" in task:
                        scratch.remove_slice(task["name"])
                    projection.add(task["name"])
                    self.clock.bar.update()
            records = [source.record or _record(source, scratch, self.folder) for source in listed]
            counted = counts.total(record.counts for record in records)
            self._write_gathered(records, counted)
            nodes, quads = projection.finish(counted, self.clock)
        shutil.rmtree(scratch.folder)
        with self.clock.step("compare sources"):
            overlaps = find_overlaps(self.folder, self.ledger)
            namespaces = {source.name: name for source in listed if (name := source.spec.image.namespace)}
            join_groups(self.folder, namespaces, self.ledger).write(self.folder)
        with self.clock.step("list unsure links"):
            unsure = find_unsure(self.folder, {source.name: source.spec.captions for source in listed})
            csv.write_csv(unsure, self.folder / "unsure.csv")
        account = Account(
            tuple(record.account for record in records),
            nodes,
            quads,
            self.clock.seconds,
            overlaps,
            tally_unsure(unsure),
        )
        specifications = {source.name: source.spec.sha256 for source in listed}
        told = {
            "versions": engine_versions(*_PACKAGES_OF[engine]),
            "specifications": specifications,
            "namespaces": namespaces,
        }
        self._write_info(records, account, told)
        return account

    def _write_vocabulary(self, listed: Sequence[_Source]) -> None:
        with self.clock.step("ontology"):
            shutil.copyfile(self.ontology.file, self.folder / "ontology.owl")
            terms = [(source.name, *sources.terms_of_use(source.spec, source.data)) for source in listed]
            rows = [dict(zip(SOURCES.names, each, strict=True)) for each in terms]
            tables = {
                "terms": self.ontology.table(),
                "closure": self.ontology.closure(),
                "knowledge": self.ontology.knowledge_table(),
                "sources": pa.Table.from_pylist(rows, SOURCES),
            }
            for name, table in tables.items():
                write_table(self.folder / f"{name}.parquet", table)

    def _tasks(self, source: _Source, scratch: Scratch) -> Iterator[Task]:
        """The shards of a source that are to be made of slices of it, or only to be projected."""
        with self.clock.step(f"read {source.name}"):
            source.fingerprint = source_record.fingerprint(source.spec, source.data, self.ontology)
            record = self.earlier and source_record.find(self.earlier, source.name, source.fingerprint)
            if self.earlier and record and self._pictures_hold(record, self.earlier):
                source_record.take_over(record, self.earlier, self.folder)
                source.record = record
        if source.record:
            yield from ({"name": name} for name in source.record.shards)
            return
        names: Iterable[str] = self._slices(source, scratch)
        if self.ledger:
            names = self._check(source, list(names), scratch, self.ledger)
        for name in names:
            yield {"name": name, "source": source.name, "path": str(source.path.absolute())}

    def _slices(self, source: _Source, scratch: Scratch) -> Iterator[str]:
        """The names of the slices of a source, each written when it is asked for."""
        with self.clock.step(f"read {source.name}"):
            source.reader = sources.Reader(source.spec, source.data, progress=self.progress)
            slices = divide(source.reader.read(), self.shard_images)
        while True:
            with self.clock.step(f"read {source.name}"):
                if (part := next(slices, None)) is None:
                    return
                name = shard_name(source.name, len(source.shards))
                scratch.write_slice(name, part)
            source.shards.append(name)
            yield name

    def _check(self, source: _Source, names: list[str], scratch: Scratch, ledger: Ledger) -> list[str]:
        """The slices, of which the images whose file cannot be used are no longer available."""
        with self.clock.step(f"check images of {source.name}"):
            images = [scratch.read_images(name) for name in names]
            report = check_pictures(pa.concat_tables(images), ledger, progress=self.progress)
            for name, table in zip(names, images, strict=True):
                scratch.write_images(name, quarantine(table, report))
        source.quarantined = report.reasons
        return names

    def _pictures_hold(self, record: SourceRecord, earlier: Path) -> bool:
        """Whether the image files of an unchanged source are as usable as they were."""
        if self.ledger is None:
            return not record.account.quarantined
        for name in record.shards:
            images = read_shard(earlier, name).images
            if have_changed(images, check_pictures(images, self.ledger, progress=self.progress)):
                return False
        return True

    def _write_gathered(self, records: Sequence[SourceRecord], counted: pa.Table) -> None:
        """What all sources give together, and the record of each."""
        for record in records:
            record.write(self.folder)
        write_table(self.folder / "rejects.parquet", pa.concat_tables(record.rejects for record in records))
        write_table(self.folder / "counts.parquet", counted)
        _write_unlinked(self.folder / "unlinked.csv", [record.unlinked for record in records])

    def _write_info(self, records: Sequence[SourceRecord], account: Account, told: dict[str, Any]) -> None:
        info = {
            "format": FORMAT,
            "build": self.folder.name.split(".")[0],
            "ontology": {"iri": self.ontology.iri, "version": self.ontology.version, "sha256": self.ontology.sha256},
            "files": {record.account.source: record.files for record in records},
            **told,
            **account.as_dict(),
        }
        (self.folder / "build.json").write_text(json.dumps(info, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _record(source: _Source, scratch: Scratch, folder: Path) -> SourceRecord:
    """What the shards of a source give together."""
    reader = source.reader
    assert reader is not None  # noqa: S101 - every source that is not taken over has been read
    made = [scratch.read_made(name) for name in source.shards]
    account = sum((each.account for each in made), ShardAccount())
    rejects = pa.concat_tables([reader.rejects, *(each.rejects for each in made)])
    unlinked = pa.concat_tables(each.unlinked for each in made).group_by(UNLINKED.names[:-1], use_threads=False)
    counter = counts.Counter(read_vocabulary(folder))
    return SourceRecord(
        fingerprint=source.fingerprint,
        shards=tuple(source.shards),
        files=reader.sha256,
        account=SourceAccount(
            source=source.name,
            rows_in=reader.rows_in,
            images=account.images,
            available=account.available,
            pairs=account.pairs,
            facts=account.facts,
            rejected=tally(rejects["reason"]),
            first_rejects=first_rejects(rejects),
            linked={role: 1 - account.lost.get(role, 0) / total for role, total in sorted(account.stated.items())},
            unlinked=sum(account.lost.values()),
            passed_over=account.passed_over,
            notes=(
                *reader.notes,
                *(f"{counted(n, 'image')} whose {what} a caption tells" for what, n in account.filled.items()),
            ),
            quarantined=source.quarantined,
        ),
        rejects=rejects,
        unlinked=unlinked.aggregate([("count", "sum")]).rename_columns(UNLINKED.names).cast(UNLINKED),
        counts=counter.decode(counts.add(each.counts for each in made)),
    )


def _write_unlinked(path: Path, unlinked: Sequence[pa.Table]) -> None:
    """The labels that no term has, the most frequent first."""
    table = pa.concat_tables(unlinked).sort_by([("count", "descending"), ("source", "ascending")])
    csv.write_csv(table, path)


def engine_versions(*others: str) -> dict[str, str | int]:
    """The versions of what the tables and graphs were written with, this package first, and of other packages."""
    import ladybug

    packages = {name: version(name) for name in ("ladybug", "pyoxigraph", "pyarrow", *others)}
    return {
        "derm1m": _own_version(),
        "python": platform.python_version(),
        **packages,
        "ladybug_storage": ladybug.storage_version,
    }


def _own_version() -> str:
    try:
        return version("derm1m")
    except PackageNotFoundError:
        return "a checkout that is not installed"
