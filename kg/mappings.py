"""The mappings of the ontology as an SSSOM table: which external class, why, and how sure.

The ontology holds the mappings themselves (`skos:exactMatch` …). The table (Simple Standard for Sharing Ontological
Mappings, Matentzoglu et al., Database 2022) has a row for each of them, with what has no place in the ontology:
justification, confidence, and where the identifier was looked up.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError
from kg.wording import counted

if TYPE_CHECKING:
    from kg.ontology import Ontology

COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "object_source_version",
    "confidence",
    "comment",
)
"""The columns of the table, in SSSOM's order."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A row of the table. Ids are CURIEs; `confidence` and `comment` are empty until somebody has verified it."""

    subject_id: str
    subject_label: str
    predicate_id: str  # skos:exactMatch …
    object_id: str
    object_label: str = ""
    mapping_justification: str = "semapv:UnspecifiedMatching"
    object_source_version: str = ""
    confidence: str = ""
    comment: str = ""  # where the identifier was verified

    @property
    def triple(self) -> tuple[str, str, str]:
        """What the ontology says too."""
        return self.subject_id, self.predicate_id, self.object_id


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A table with its header, which is kept as it stands."""

    header: tuple[str, ...]  # lines, each beginning with #
    mappings: tuple[Mapping, ...]

    @property
    def prefixes(self) -> dict[str, str]:
        """The header's `curie_map`: prefix to namespace."""
        lines = (line.removeprefix("#").rstrip() for line in self.header)
        prefixes, inside = {}, False
        for line in lines:
            inside = line == "curie_map:" or (inside and line.startswith(" "))
            if inside and line.startswith(" "):
                prefix, _, namespace = line.strip().partition(": ")
                prefixes[prefix] = namespace.strip("\"'")
        return prefixes


def read_mappings(path: Path) -> MappingSet:
    """The table of an SSSOM/TSV file with exactly our columns. Raises `InputError` with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    header = tuple(line for line in lines if line.startswith("#"))
    rows = csv.reader(lines[len(header) :], delimiter="\t", quoting=csv.QUOTE_NONE)
    if (names := next(rows, [])) != list(COLUMNS):
        raise InputError(f"{path}: the columns are {', '.join(names)}; expected {', '.join(COLUMNS)}")
    mappings = []
    for number, row in enumerate(rows, start=len(header) + 2):
        if len(row) != len(COLUMNS):
            raise InputError(f"{path}, line {number}: {counted(len(row), 'column')}; expected {len(COLUMNS)}")
        mappings.append(Mapping(*row))
    return MappingSet(header, tuple(mappings))


def write_mappings(table: MappingSet, path: Path) -> None:
    """Write the table by subject, predicate and object, so that a change shows as a small difference."""
    rows = sorted(table.mappings, key=lambda mapping: mapping.triple)
    body = ["\t".join(getattr(row, column) for column in COLUMNS) for row in rows]
    path.write_text("\n".join([*table.header, "\t".join(COLUMNS), *body]) + "\n", encoding="utf-8")


def asserted_mappings(ontology: "Ontology") -> Iterator[Mapping]:
    """The mappings that the ontology asserts, by term, with nothing more than it knows of them."""
    for term in ontology.terms():
        for predicate, target in term.mappings:
            yield Mapping(term.curie, term.label, f"skos:{predicate}", target)


def disagreements(ontology: "Ontology", table: MappingSet) -> list[str]:
    """What keeps the table from saying what the ontology says, in words; empty when they agree.

    A mapping on one side only, a label that has changed, a row that is doubled or was never verified, and an
    external class that is exact to several terms.
    """
    asserted = {mapping.triple: mapping for mapping in asserted_mappings(ontology)}
    told = {mapping.triple: mapping for mapping in table.mappings}
    found = [f"{_said(asserted[triple])}: not in the table" for triple in asserted.keys() - told.keys()]
    found += [f"{_said(told[triple])}: not in the ontology" for triple in told.keys() - asserted.keys()]
    for triple in asserted.keys() & told.keys():
        if told[triple].subject_label != asserted[triple].subject_label:
            found.append(f"{_said(asserted[triple])}: the table calls it {told[triple].subject_label!r}")
    found += [f"{_said(mapping)}: never verified" for mapping in told.values() if not mapping.confidence]
    counted = Counter(mapping.triple for mapping in table.mappings)
    found += [f"{_said(told[triple])}: {count} rows" for triple, count in counted.items() if count > 1]
    return sorted(found) + _exact_to_several(asserted.values())


def _exact_to_several(mappings: Iterable[Mapping]) -> list[str]:
    exact: dict[str, list[str]] = defaultdict(list)
    for mapping in mappings:
        if mapping.predicate_id == "skos:exactMatch":
            exact[mapping.object_id].append(f"{mapping.subject_label} ({mapping.subject_id})")
    return [f"{target}: exact to {' and to '.join(terms)}" for target, terms in sorted(exact.items()) if len(terms) > 1]


def _said(mapping: Mapping) -> str:
    return f"{mapping.subject_label} ({mapping.subject_id}) {mapping.predicate_id} {mapping.object_id}"


def renewed(ontology: "Ontology", table: MappingSet) -> MappingSet:
    """The table with the ontology's mappings and labels.

    A row keeps what it says of its mapping. A mapping that is new has no confidence until somebody verifies it; rows
    of mappings that are gone are left out.
    """
    told = {mapping.triple: mapping for mapping in table.mappings}
    rows = [
        replace(told.get(mapping.triple, mapping), subject_label=mapping.subject_label)
        for mapping in asserted_mappings(ontology)
    ]
    return MappingSet(table.header, tuple(rows))


def summary(table: MappingSet) -> dict[str, Any]:
    """Counts of the table's rows: by vocabulary and predicate, justification, confidence, and where verified."""

    def tally(names: Iterable[str]) -> dict[str, int]:
        return dict(Counter(names).most_common())

    rows = table.mappings
    by_vocabulary: dict[str, list[Mapping]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.object_id):
        by_vocabulary[row.object_id.partition(":")[0]].append(row)
    return {
        "mappings": len(rows),
        "vocabularies": {
            name: tally(row.predicate_id.removeprefix("skos:") for row in group)
            for name, group in by_vocabulary.items()
        },
        "justification": tally(row.mapping_justification.removeprefix("semapv:") for row in rows),
        "confidence": tally(row.confidence or "none" for row in rows),
        "verification": tally(row.comment.partition(",")[0] or "none" for row in rows),
    }
