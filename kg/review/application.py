"""Putting the decisions of several reviewers together and into the ontology."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import InputError
from kg.ontology import Ontology
from kg.ontology import vocabulary as v
from kg.rdfio import PREFIXES
from kg.review import layout
from kg.review.agreement import fleiss_kappa
from kg.review.opinion import Decision, Opinion
from kg.review.reading import Sheet

_UNREVIEWED = "unreviewed"
_STATUS = ox.NamedNode(v.REVIEW_STATUS)
_TYPE = ox.NamedNode(v.TYPE)
_CONTRIBUTOR, _DATE = (ox.NamedNode(PREFIXES["dcterms"] + name) for name in ("contributor", "date"))
_COMMENT = ox.NamedNode(PREFIXES["rdfs"] + "comment")
_SOURCE, _PROPERTY, _TARGET = (ox.NamedNode(v.OWL + f"annotated{end}") for end in ("Source", "Property", "Target"))
_DECLARED = {
    _CONTRIBUTOR: ("contributor", "Who wrote, changed or reviewed the term."),
    _DATE: ("date", "The day on which something was said or done."),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A term that is judged differently: who says what, decisions of the ontology's file among them."""

    term: str
    label: str
    said: tuple[tuple[str, str], ...]  # (decision or status, who)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Fleiss' kappa over the terms that every reviewer has judged; None where it is undefined."""

    kappa: float | None
    terms: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the sheets. `quads` is the ontology with the decisions in it, or as it was when in conflict."""

    quads: list[ox.Quad]
    decided: dict[str, Decision]  # by term; empty when in conflict
    conflicts: tuple[Conflict, ...]
    agreement: Agreement | None  # None with one reviewer
    opinions: int
    open: int  # rows without a decision


def apply_sheets(ontology: Ontology, sheets: Sequence[Sheet]) -> Outcome:
    """Record the decisions of all sheets in the ontology's statements, all or, where two conflict, none.

    A decided term gets the review status of the decision, and for each reviewer who made it a remark on that status
    with the ORCID (`dcterms:contributor`), the day (`dcterms:date`) and the comment. A decision of the same reviewer
    that the file holds already is replaced; one of somebody else that differs is a conflict until an editor, having
    mended the term, sets it back to `unreviewed`.

    Raises `InputError` when a sheet was made from another ontology or version, names an unknown term, or shows a term
    that has changed since.
    """
    opinions = _known_opinions(ontology, sheets)
    by_term: dict[str, list[Opinion]] = {}
    for opinion in opinions:
        by_term.setdefault(opinion.term, []).append(opinion)
    recorded: dict[str, list[_Remark]] = {}
    for remark in _remarks(ontology.quads):
        recorded.setdefault(remark.term, []).append(remark)
    judged = ((said, recorded.get(ontology.term(term).iri, [])) for term, said in sorted(by_term.items()))
    conflicts = tuple(found for said, before in judged if (found := _conflict(ontology, said, before)))
    decided = {} if conflicts else {term: said[0].decision for term, said in sorted(by_term.items())}
    return Outcome(
        quads=list(ontology.quads) if conflicts else _with_decisions(ontology, by_term),
        decided=decided,
        conflicts=conflicts,
        agreement=_agreement(by_term),
        opinions=len(opinions),
        open=sum(sheet.open for sheet in sheets),
    )


def _known_opinions(ontology: Ontology, sheets: Iterable[Sheet]) -> list[Opinion]:
    shown = {row.identifier: row.fingerprint for row in layout.rows(ontology)}
    problems: list[str] = []
    opinions: dict[tuple[str, str, Decision, str | None], Opinion] = {}
    for sheet in sheets:
        if (sheet.ontology, sheet.version) != (ontology.iri, ontology.version):
            problems.append(
                f"{sheet.path}: made from version {sheet.version} of {sheet.ontology}; {ontology.file} is version "
                f"{ontology.version} of {ontology.iri}. Give the file it was made from with --ontology, or make a new "
                "sheet with `ontology review-sheet`"
            )
            continue
        for opinion in sheet.opinions:
            if opinion.term not in shown:
                problems.append(f"{sheet.path}: {opinion.term} is no term of {ontology.file}; delete the row")
            elif opinion.shown != shown[opinion.term]:
                problems.append(
                    f"{sheet.path}: {opinion.term} ({ontology.term(opinion.term).label}) has changed since the sheet "
                    "was made; have it read again in a new sheet"
                )
            opinions.setdefault((opinion.term, opinion.reviewer.orcid, opinion.decision, opinion.comment), opinion)
    if problems:
        raise InputError("nothing was applied\n  " + "\n  ".join(problems))
    return list(opinions.values())


@dataclass(frozen=True, slots=True)
class _Remark:
    """Who gave a term the review status that the file says."""

    node: ox.BlankNode
    term: str
    status: str
    reviewers: frozenset[str]


def _remarks(quads: Iterable[ox.Quad]) -> list[_Remark]:
    said: dict[ox.BlankNode, dict[object, list[str]]] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode):
            value = str(getattr(quad.object, "value", ""))
            said.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(value)
    return [
        _Remark(node, about[_SOURCE][0], about[_TARGET][0], frozenset(about.get(_CONTRIBUTOR, ())))
        for node, about in said.items()
        if about.get(_PROPERTY) == [_STATUS.value]
    ]


def _conflict(ontology: Ontology, opinions: list[Opinion], recorded: list[_Remark]) -> Conflict | None:
    term = ontology.term(opinions[0].term)
    said = [(opinion.decision.status, f"{opinion.reviewer.name} ({opinion.reviewer.orcid})") for opinion in opinions]
    status, now = term.review_status, {opinion.reviewer.orcid for opinion in opinions}
    if status not in (None, _UNREVIEWED):
        before = {who for remark in recorded if remark.status == status for who in remark.reviewers}
        others = sorted(before - now) if before else ["nobody named"]
        said += [(str(status), f"{who}, in {ontology.file.name}") for who in others]
    if len({status for status, _ in said}) == 1:
        return None
    return Conflict(term.curie, term.label, tuple(dict.fromkeys(said)))


def _agreement(by_term: dict[str, list[Opinion]]) -> Agreement | None:
    reviewers = {opinion.reviewer.orcid for said in by_term.values() for opinion in said}
    if len(reviewers) < 2:
        return None
    ratings = []
    for said in by_term.values():
        votes = {(opinion.reviewer.orcid, opinion.decision) for opinion in said}
        if len(votes) == len(reviewers) == len({orcid for orcid, _ in votes}):
            count = Counter(decision for _, decision in votes)
            ratings.append([count[decision] for decision in Decision])
    return Agreement(fleiss_kappa(ratings), len(ratings), len(reviewers))


def _with_decisions(ontology: Ontology, by_term: dict[str, list[Opinion]]) -> list[ox.Quad]:
    decided = {ontology.term(term).iri: said for term, said in by_term.items()}
    stale = {remark.node for remark in _remarks(ontology.quads) if _is_replaced(remark, decided.get(remark.term, []))}
    kept = [
        quad
        for quad in ontology.quads
        if quad.subject not in stale
        and not (quad.predicate == _STATUS and getattr(quad.subject, "value", None) in decided)
    ]
    added = [quad for iri, said in decided.items() for quad in _decision(ox.NamedNode(iri), said)]
    declared = {quad.subject for quad in kept if quad.predicate == _TYPE}
    return [*kept, *(quad for node in _DECLARED if node not in declared for quad in _declaration(node)), *added]


def _is_replaced(remark: _Remark, opinions: list[Opinion]) -> bool:
    """Whether a remark on the status of a term is no longer so, or is by a reviewer who speaks again."""
    again = {opinion.reviewer.orcid for opinion in opinions}
    return bool(opinions) and (remark.status != opinions[0].decision.status or bool(again & remark.reviewers))


def _decision(term: ox.NamedNode, opinions: list[Opinion]) -> list[ox.Quad]:
    status = ox.Literal(opinions[0].decision.status)
    quads = [ox.Quad(term, _STATUS, status)]
    for orcid in dict.fromkeys(opinion.reviewer.orcid for opinion in opinions):
        own = [opinion for opinion in opinions if opinion.reviewer.orcid == orcid]
        remark = ox.BlankNode()
        day = max(opinion.day for opinion in own).isoformat()
        quads += [
            ox.Quad(remark, _TYPE, ox.NamedNode(v.AXIOM)),
            ox.Quad(remark, _SOURCE, term),
            ox.Quad(remark, _PROPERTY, _STATUS),
            ox.Quad(remark, _TARGET, status),
            ox.Quad(remark, _CONTRIBUTOR, ox.NamedNode(orcid)),
            ox.Quad(remark, _DATE, ox.Literal(day)),  # xsd:date is none of the datatypes of OWL 2
            *(ox.Quad(remark, _COMMENT, ox.Literal(opinion.comment)) for opinion in own if opinion.comment),
        ]
    return quads


def _declaration(node: ox.NamedNode) -> list[ox.Quad]:
    label, definition = _DECLARED[node]
    return [
        ox.Quad(node, _TYPE, ox.NamedNode(v.OWL + "AnnotationProperty")),
        ox.Quad(node, ox.NamedNode(v.LABEL), ox.Literal(label, language="en")),
        ox.Quad(node, ox.NamedNode(v.DEFINITION), ox.Literal(definition, language="en")),
    ]
