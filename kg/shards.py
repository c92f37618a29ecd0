"""From a slice of what was read of a source to a shard of the graph: aligned, with its sentences, counted.

What is made of a slice depends on the slice, the specification of its source and the ontology alone, so that the same
function serves one process, several, and a cluster. Slices and shards are files: only names are handed on.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg import counts, cypher
from kg.alignment import Aligner, Alignment
from kg.composition import compose_pairs, reject_untold
from kg.facets import locate
from kg.pairs import TextKind
from kg.prompts import concept_sentences, ontology_sentences
from kg.sources import Part, SourceSpec, resolve
from kg.tables import SHARD_IMAGES, Shard, read_shard, read_vocabulary, write_shard

if TYPE_CHECKING:
    from kg.ontology import Ontology

Task = dict[str, str]
"""The `name` of a shard; also `source` and `path`, where it is to be made of its slice and not only projected."""

_SLICE = ("images", "captions", "statements")


@dataclass(frozen=True)
class ShardAccount:
    """What became of a slice; the sum of several is what became of all of them."""

    images: int = 0
    available: int = 0
    pairs: Mapping[str, int] = field(default_factory=dict)  # by text kind
    facts: int = 0
    untold: int = 0  # images that were left without any text
    stated: Mapping[str, int] = field(default_factory=dict)  # names in statements, by role
    lost: Mapping[str, int] = field(default_factory=dict)  # those that name no term
    passed_over: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)  # cells of images that captions told, by field

    def __add__(self, other: "ShardAccount") -> "ShardAccount":
        names = [each.name for each in fields(self)]
        return ShardAccount(**{name: _sum(getattr(self, name), getattr(other, name)) for name in names})


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, int):
        return one + other
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


@dataclass(frozen=True)
class Made:
    """A shard that was made, beside its tables: its account, and what is gathered from all shards of a source."""

    account: ShardAccount
    rejects: pa.Table  # REJECTS
    unlinked: pa.Table  # UNLINKED
    counts: pa.Table  # of kg.counts, still by number


class Scratch:
    """Where a build keeps what it hands on from step to step: below its own folder, removed when it is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "scratch"
        self.parts = self.folder / "parts"

    def write_slice(self, name: str, part: Part) -> None:
        for table in _SLICE:
            _write_arrow(self._path(name, table), getattr(part, table))

    def read_slice(self, name: str) -> Part:
        return Part(**{table: _read_arrow(self._path(name, table)) for table in _SLICE})

    def read_images(self, name: str) -> pa.Table:
        """The images of a slice alone."""
        return _read_arrow(self._path(name, "images"))

    def write_images(self, name: str, images: pa.Table) -> None:
        """Other images in the place of a slice's own."""
        unfinished = self._path(name, "unfinished")
        _write_arrow(unfinished, images)
        unfinished.replace(self._path(name, "images"))

    def remove_slice(self, name: str) -> None:
        """For when its shard is made: until then the task may have to be done again."""
        for table in _SLICE:
            self._path(name, table).unlink()

    def write_made(self, name: str, made: Made) -> None:
        for table in ("rejects", "unlinked", "counts"):
            _write_arrow(self._path(name, table), getattr(made, table))
        self._path(name, "json").write_text(json.dumps(asdict(made.account)), encoding="utf-8")

    def read_made(self, name: str) -> Made:
        account = ShardAccount(**json.loads(self._path(name, "json").read_text(encoding="utf-8")))
        return Made(account, *(_read_arrow(self._path(name, table)) for table in ("rejects", "unlinked", "counts")))

    def _path(self, name: str, what: str) -> Path:
        self.folder.mkdir(exist_ok=True)
        return self.folder / f"{name}.{what}"


def _write_arrow(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


def _read_arrow(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def shard_name(source: str, number: int) -> str:
    """The name of the files of a shard.

    >>> shard_name("ward 3", 0)
    'ward%203-00000'
    """
    return f"{quote(source, safe='')}-{number:05}"


def divide(parts: Iterable[Part], size: int = SHARD_IMAGES) -> Iterator[Part]:
    """What is read of a source in slices of `size` images, each with its captions and statements in their order.

    In memory is one part and what is left of those before, less than a slice. There is always a first slice.
    """
    held = Part.concatenate(())
    count = 0
    for part in parts:
        *whole, held = _cut(Part.concatenate((held, part)), size)
        count += len(whole)
        yield from whole
    if held.images.num_rows or not count:
        yield held


def _cut(part: Part, size: int) -> Iterator[Part]:
    """Slices of `size` images, and behind them what is left, which may be nothing."""
    captions, statements = (_slices(table, part.images, size) for table in (part.captions, part.statements))
    for start in range(0, len(part.images) + 1, size):
        yield Part(part.images.slice(start, size), next(captions), next(statements))


def _slices(table: pa.Table, images: pa.Table, size: int) -> Iterator[pa.Table]:
    number = locate(table["image"], images["image"]) // size
    order = np.argsort(number, kind="stable")
    start = 0
    for count in np.bincount(number, minlength=len(images) // size + 1).tolist():
        yield table.take(pa.array(order[start : start + count]))
        start += count


class Maker:
    """Makes shards below a build's folder, one after the other."""

    def __init__(self, folder: Path, ontology: "Ontology") -> None:
        self._folder = folder
        self._scratch = Scratch(folder)
        self._ontology = ontology
        self._vocabulary = read_vocabulary(folder)
        self._counter = counts.Counter(self._vocabulary)

    @cached_property
    def _aligner(self) -> Aligner:
        return Aligner(self._ontology)

    def work(self, task: Task) -> None:
        """Make the shard of a task from its slice, where it is not made yet, and write it as property graph."""
        name: str = task["name"]
        if "source" in task:
            spec = resolve(task["source"], Path(task["path"]))[0]
            shard, made = self.make(spec, self._scratch.read_slice(name))
            write_shard(self._folder, name, shard)
            self._scratch.write_made(name, made)
        else:
            shard = read_shard(self._folder, name)
        cypher.write_part(self._scratch.parts, name, shard, self._vocabulary.terms)

    def make(self, spec: SourceSpec, part: Part) -> tuple[Shard, Made]:
        """The shard of a slice, and what is to be told of it. Images without any text are rejected."""
        alignment = self._aligner.align(spec, part)
        images = alignment.images
        pairs = compose_pairs(
            images,
            part.captions,
            ontology_sentences(alignment.facts, self._ontology),
            concept_sentences(alignment.facts, self._ontology),
        )
        told = pc.is_in(images["image"], value_set=pc.unique(pairs["image"]))
        untold = images.filter(pc.invert(told))
        facts = alignment.facts.filter(pc.invert(pc.is_in(alignment.facts["image"], value_set=untold["image"])))
        shard = Shard(images.filter(told), pairs, facts)
        account = _account(shard, alignment, len(untold))
        return shard, Made(account, reject_untold(untold), alignment.unlinked, self._counter.count(shard))


def _account(shard: Shard, alignment: Alignment, untold: int) -> ShardAccount:
    return ShardAccount(
        images=len(shard.images),
        available=pc.sum(shard.images["available"]).as_py() or 0,
        pairs={kind.value: 0 for kind in TextKind} | tally(shard.pairs["text_kind"]),
        facts=len(shard.facts),
        untold=untold,
        stated=alignment.stated,
        lost=alignment.lost,
        passed_over=alignment.passed_over,
        filled=alignment.filled,
    )


def tally(column: pa.ChunkedArray) -> dict[str, int]:
    """How often each value occurs, the most frequent first."""
    counted = {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
