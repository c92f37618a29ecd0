"""From data sets to a graph on disk: read, align, render sentences, write tables and both graphs, give an account."""

import json
import platform
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg import cypher, quads, sources, sparql
from kg.account import Account, SourceAccount
from kg.composition import compose_pairs, reject_untold
from kg.errors import InputError
from kg.folder import new_build
from kg.graph import FORMAT
from kg.pairs import TextKind
from kg.prompts import concept_sentences, ontology_sentences
from kg.resources import ontology_folder
from kg.tables import SOURCES, Tables, read_shard, read_table, read_vocabulary, shard_names, write_tables

if TYPE_CHECKING:
    from kg.alignment import Alignment
    from kg.ontology import Ontology
    from kg.sources import Reading


@dataclass
class Clock:
    """Seconds that each step took, and the bar that shows which one is under way."""

    bar: "tqdm[Any]"
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.bar.set_description(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - start
        self.bar.update()


@dataclass(frozen=True)
class _Part:
    """What one source adds to the graph."""

    images: pa.Table
    pairs: pa.Table
    facts: pa.Table
    rejects: pa.Table
    unlinked: pa.Table
    source: dict[str, str]
    sha256: dict[str, str]
    account: SourceAccount


def build(sources: Sequence[tuple[str, Path]], out: Path, *, ontology: "Ontology", progress: bool = True) -> Account:
    """Build the graph of these (name, path) sources in the folder `out`, and return the account of every row.

    A graph that is already there stays in use until this one is done, whatever stops the build. Raises InputError when
    a source cannot be read, when another build is under way, and when the disk refuses (full, no permission).
    """
    if twice := [name for name, count in Counter(name for name, _ in sources).items() if count > 1]:
        raise InputError(f"source {twice[0]!r} is named twice: put its files in one folder, or give one another name")
    if not sources:
        raise InputError("no source to build from")
    try:
        with (
            tqdm(total=2 * len(sources) + 3, unit="step", disable=None if progress else True) as bar,
            new_build(out) as folder,
        ):
            return _build(sources, folder, ontology, Clock(bar), progress)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise InputError(
            f"{out}: {error.strerror or error}{where}: the build was not finished; an older graph there is still in use"
        ) from error


def _build(
    sources: Sequence[tuple[str, Path]], folder: Path, ontology: "Ontology", clock: Clock, progress: bool
) -> Account:
    parts = [_read(name, path, ontology, clock, progress) for name, path in sources]
    tables = Tables(
        images=pa.concat_tables(part.images for part in parts),
        pairs=pa.concat_tables(part.pairs for part in parts),
        facts=pa.concat_tables(part.facts for part in parts),
        terms=ontology.table(),
        closure=ontology.closure(),
        knowledge=ontology.knowledge_table(),
        rejects=pa.concat_tables(part.rejects for part in parts),
        sources=pa.Table.from_pylist([part.source for part in parts], SOURCES),
    )
    with clock.step("write tables"):
        write_tables(folder, tables)
        _write_unlinked(folder / "unlinked.csv", [part.unlinked for part in parts])
        shutil.copyfile(ontology.file, folder / "ontology.owl")
    nodes, count = write_graphs(folder, ontology, clock)
    account = Account(tuple(part.account for part in parts), nodes, count, clock.seconds)
    info = {
        "format": FORMAT,
        "build": folder.name.split(".")[0],
        "versions": engine_versions(),
        "ontology": {"iri": ontology.iri, "version": ontology.version, "sha256": ontology.sha256},
        "files": {part.account.source: part.sha256 for part in parts},
        **account.as_dict(),
    }
    (folder / "build.json").write_text(json.dumps(info, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return account


def write_graphs(folder: Path, ontology: "Ontology", clock: Clock | None = None) -> tuple[dict[str, int], int]:
    """Write the RDF store and the property graph of the tables in `folder`: (nodes and edges by name, quads)."""
    import pyoxigraph as ox

    clock = clock or Clock(tqdm(disable=True))
    vocabulary, counts, names = read_vocabulary(folder), read_table(folder, "counts"), shard_names(folder)
    scratch = folder / "scratch"
    scratch.mkdir()
    with clock.step("RDF graph"):
        terms = scratch / "ontology.nq"
        ox.serialize(ontology.quads, terms, ox.RdfFormat.N_QUADS)
        said = chain.from_iterable(quads.write_shard(read_shard(folder, name), vocabulary.terms) for name in names)
        texts = chain(quads.write_vocabulary(vocabulary, counts), said)
        quad_count = sparql.load(folder / "rdf", [terms, ontology_folder() / "pairs.ttl"], texts)
    with clock.step("property graph"):
        for name in names:
            cypher.write_part(scratch / "parts", name, read_shard(folder, name), vocabulary.terms)
        nodes = cypher.load(folder, vocabulary, counts, scratch / "parts")
    shutil.rmtree(scratch)
    return nodes, quad_count


def _read(name: str, path: Path, ontology: "Ontology", clock: Clock, progress: bool) -> _Part:
    from kg.alignment import align

    with clock.step(f"read {name}"):
        reading = sources.read(name, path, progress=progress)
    with clock.step(f"align {name}"):
        alignment = align(reading, ontology)
        pairs = compose_pairs(
            reading.images,
            reading.captions,
            ontology_sentences(alignment.facts, ontology),
            concept_sentences(alignment.facts, ontology),
        )
        told = pc.is_in(reading.images["image"], pc.unique(pairs["image"]))
        images = reading.images.filter(told)
        facts = alignment.facts.filter(pc.is_in(alignment.facts["image"], images["image"].combine_chunks()))
        rejects = pa.concat_tables([reading.rejects, reject_untold(reading.images.filter(pc.invert(told)))])
    return _Part(
        images=images,
        pairs=pairs,
        facts=facts,
        rejects=rejects,
        unlinked=alignment.unlinked,
        source={"source": name, "licence": reading.spec.licence, "citation": reading.spec.citation},
        sha256=reading.sha256,
        account=_account(reading, alignment, images, pairs, rejects),
    )


def _account(
    reading: "Reading", alignment: "Alignment", images: pa.Table, pairs: pa.Table, rejects: pa.Table
) -> SourceAccount:
    kinds = _counts(pairs["text_kind"])
    return SourceAccount(
        source=reading.source,
        rows_in=reading.rows_in,
        images=len(images),
        available=pc.sum(images["available"]).as_py() or 0,
        pairs={kind.value: kinds.get(kind.value, 0) for kind in TextKind},
        facts=len(alignment.facts),
        rejected=_counts(rejects["reason"]),
        linked=alignment.linked,
        unlinked=pc.sum(alignment.unlinked["count"]).as_py() or 0,
        passed_over=alignment.passed_over,
        notes=reading.notes,
    )


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(column).to_pylist()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _write_unlinked(path: Path, unlinked: list[pa.Table]) -> None:
    """The labels that no term has, the most frequent first."""
    from pyarrow import csv

    table = pa.concat_tables(unlinked).sort_by([("count", "descending"), ("source", "ascending")])
    csv.write_csv(table, path)


def engine_versions() -> dict[str, str | int]:
    import ladybug

    packages = {name: version(name) for name in ("ladybug", "pyoxigraph", "pyarrow")}
    return {"python": platform.python_version(), **packages, "ladybug_storage": ladybug.storage_version}
