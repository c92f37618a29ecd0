"""How a review sheet is laid out: its pages, its columns, and what it shows of a term."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.ontology.vocabulary import TERM

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

TERMS_PAGE, REVIEWER_PAGE, GUIDE_PAGE = "terms", "reviewer", "how to"
DECISION, COMMENT, FINGERPRINT = "decision", "comment", "shown"
NAME, ORCID, DATE, ONTOLOGY, VERSION = "name", "ORCID", "date", "ontology", "version"

_DIFFERENTIAL, _DISTINGUISHED_BY = TERM + "0010015", TERM + "0010016"


@dataclass(frozen=True, slots=True)
class Row:
    """What a sheet shows of a term, one text a column."""

    identifier: str
    label: str
    path: str
    definition: str
    synonyms: str
    findings: str
    sites: str
    symptoms: str
    malignancy: str
    differentials: str

    @property
    def fingerprint(self) -> str:
        """Changes when anything changes that the reviewer is shown."""
        return hashlib.sha256("\x1f".join(getattr(self, name) for name in COLUMNS).encode()).hexdigest()[:16]


COLUMNS = tuple(field.name for field in fields(Row))


def rows(ontology: "Ontology", term: "str | Term | None" = None) -> list[Row]:
    """A row for every term of the ontology, or for a term and all below it, each group before its members."""
    chosen = ontology.terms() if term is None else ontology.descendants(term)
    differentials = _differentials(ontology)
    placed = sorted(
        ([step.label.casefold() for step in ontology.path(member)], member.curie)
        for member in chosen
        if member.kind != "other"
    )
    kinds = list(dict.fromkeys(("disease", *sorted({member.kind for member in chosen}))))
    ordered = sorted((ontology.term(curie) for _, curie in placed), key=lambda member: kinds.index(member.kind))
    return [_row(ontology, member, differentials.get(member.iri, ())) for member in ordered]


def _row(ontology: "Ontology", term: "Term", differentials: Iterable[str]) -> Row:
    def known(*relations: str) -> str:
        said = [item for item in ontology.knowledge(term) if item.relation in relations]
        always = ("hasDefiningFinding", "hasLocation")
        how = ["always" if item.relation in always else item.frequency for item in said]
        return _lines(item.term.label + (f" ({often})" if often else "") for item, often in zip(said, how, strict=True))

    return Row(
        identifier=term.curie,
        label=term.label,
        path=" › ".join(step.label for step in ontology.path(term)[:-1]) or term.kind,
        definition=term.definition or "",
        synonyms=_lines(f"{s.text} ({s.scope}{', ' + s.type if s.type else ''})" for s in term.synonyms),
        findings=known("hasDefiningFinding", "hasFinding"),
        sites=known("hasLocation", "hasTypicalSite"),
        symptoms=known("hasTypicalSymptom"),
        malignancy=term.malignancy or "",
        differentials=_lines(differentials),
    )


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _differentials(ontology: "Ontology") -> dict[str, list[str]]:
    """By the IRI of a condition: the labels of what it may be mistaken for, each with what tells them apart."""
    remarks: dict[object, dict[str, object]] = {}
    told: dict[tuple[str, str], list[str]] = {}
    for quad in ontology.quads:
        if quad.predicate.value == _DIFFERENTIAL and isinstance(quad.object, ox.NamedNode):
            told.setdefault((str(getattr(quad.subject, "value", "")), quad.object.value), [])
        elif isinstance(quad.subject, ox.BlankNode):
            remarks.setdefault(quad.subject, {})[quad.predicate.value] = quad.object
    owl = "http://www.w3.org/2002/07/owl#annotated"
    for remark in remarks.values():
        ends = tuple(str(getattr(remark.get(owl + end), "value", "")) for end in ("Source", "Target"))
        feature = remark.get(_DISTINGUISHED_BY)
        if ends in told and isinstance(feature, ox.Literal):
            told[ends].append(feature.value)
    found: dict[str, list[str]] = {}
    for (condition, other), features in told.items():
        found.setdefault(condition, []).append(": ".join([ontology.term(other).label, *sorted(features)]))
    return {condition: sorted(lines) for condition, lines in found.items()}
