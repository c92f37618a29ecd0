"""A source looked at before it is built: whether its names are terms, and what its columns say of the images."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kg.alignment import Alignment, align
from kg.lexicon import Lexicon
from kg.linking import KINDS, is_unsure, lexicons, link
from kg.ontology import Ontology
from kg.sources import Reading, SourceSpec
from kg.sources.reader import read_source
from kg.sources.rejects import first_rejects
from kg.sources.specification import Fact
from kg.suspicion import SuspiciousLabel, suspicious_labels

_SHOWN = 5


@dataclass(frozen=True)
class ColumnCheck:
    """What a column says: of how many images, how many of them got a fact, and names that link not or not surely."""

    role: str
    column: str
    images: int
    linked: int
    unlinked: tuple[tuple[str, int], ...]
    unsure: tuple[tuple[str, str, str, int], ...]  # label, what it links to, by which rule that is often wrong, images

    @property
    def share(self) -> float:
        return self.linked / self.images if self.images else 0.0


@dataclass(frozen=True)
class SourceCheck:
    """What was seen in some rows of a source."""

    rows: int
    images: int
    available: int
    captions: int
    rejected: Mapping[str, int]
    first_rejects: Mapping[str, str]  # the first row of each reason, with what is wrong
    notes: tuple[str, ...]
    columns: tuple[ColumnCheck, ...]
    suspicious: tuple[SuspiciousLabel, ...]


def check_names(spec: SourceSpec, ontology: Ontology) -> list[str]:
    """A line for each name that the specification gives and the ontology does not have, with the one most like it."""
    choice = {kind: lexicons(ontology, kind) for kind in KINDS}
    return [
        f"{where}: {name!r} names no {fact.role}{_perhaps(name, choice[fact.role])}"
        for where, fact in _numbered(spec)
        for name in _names(fact)
        if not link(name, choice[fact.role])
    ]


def check_data(spec: SourceSpec, data: Path, ontology: Ontology, *, most: int = 5_000, least: int = 20) -> SourceCheck:
    """What the first `most` rows of each table say. Suspicious labels are those of at least `least` images.

    Raises InputError where a file or a column is missing.
    """
    reading = read_source(spec, data, progress=False, most=most)
    alignment = align(reading, ontology)
    rejected = Counter(reading.rejects["reason"].to_pylist())
    return SourceCheck(
        rows=reading.rows_in,
        images=reading.images.num_rows,
        available=pc.sum(reading.images["available"]).as_py() or 0,
        captions=reading.captions.num_rows,
        rejected=dict(rejected.most_common()),
        first_rejects=first_rejects(reading.rejects),
        notes=reading.notes,
        columns=tuple(_columns(reading, alignment, ontology)),
        suspicious=tuple(suspicious_labels(alignment.facts, reading.captions, ontology, least=least)),
    )


def _columns(reading: Reading, alignment: Alignment, ontology: Ontology) -> Iterator[ColumnCheck]:
    told = _images_by(reading.statements, ["role", "column"])
    linked = _images_by(alignment.facts, ["column"])
    missed = alignment.unlinked.to_pylist()
    unsure = _unsure(reading, alignment, ontology)
    for (role, column), images in told.items():
        names = Counter(
            {row["surface"]: row["count"] for row in missed if (row["role"], row["column"]) == (role, column)}
        )
        yield ColumnCheck(
            role, column, images, linked.get((column,), 0), tuple(names.most_common(_SHOWN)), unsure.get(column, ())
        )


def _unsure(
    reading: Reading, alignment: Alignment, ontology: Ontology
) -> dict[str, tuple[tuple[str, str, str, int], ...]]:
    """The labels of each column that link by a rule that is often wrong, the most frequent first."""
    counted = _images_by(alignment.facts, ["column", "surface", "term", "rule"])
    found: dict[str, list[tuple[str, str, str, int]]] = {}
    for (column, label, term, rule), images in sorted(counted.items(), key=lambda each: (-each[1], each[0])):
        if is_unsure(rule) and column not in reading.spec.captions:
            found.setdefault(column, []).append((label, ontology.term(term).label, rule, images))
    return {column: tuple(rows[:_SHOWN]) for column, rows in found.items()}


def _images_by(table: pa.Table, keys: list[str]) -> dict[tuple[str, ...], int]:
    """How many images there are for each combination of keys, in the order in which they first come."""
    counts = table.group_by(keys, use_threads=False).aggregate([("image", "count_distinct")])
    return {tuple(row[key] for key in keys): row["image_count_distinct"] for row in counts.to_pylist()}


def _numbered(spec: SourceSpec) -> Iterator[tuple[str, Fact]]:
    """Each fact with the place of its entry in the TOML file."""
    for number, fact in enumerate(spec.facts, 1):
        yield f"fact {number} ({fact.columns[0]})", fact
    for number, join in enumerate(spec.joins, 1):
        for place, fact in enumerate(join.facts, 1):
            yield f"join {number}, fact {place} ({fact.columns[0]})", fact


def _names(fact: Fact) -> list[str]:
    meanings = [meaning.term for each in (fact.values or {}).values() for meaning in each]
    return list(dict.fromkeys([*meanings, *(fact.terms or {}).values(), *([fact.term] if fact.term else [])]))


def _perhaps(name: str, choice: list[Lexicon]) -> str:
    alike = [each for lexicon in choice for each in lexicon.suggest(name, 1)]
    return f"; perhaps {max(alike, key=lambda each: each.similarity).name!r}" if alike else ""
