"""What becomes of terms in a later version of an ontology: in use, replaced, or left to a person's decision.

Deprecated terms point to their successors as in OBO ontologies: *term replaced by* (IAO:0100001) names the one to use,
*consider* names those among which a person chooses.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.editing import CONSIDER, REPLACED_BY
from kg.errors import InputError, UnknownTerm
from kg.rdfio import PREFIXES, compact

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

DROP = "drop"
"""The decision that a term's facts go."""

_ALTERNATIVE_ID = PREFIXES["oboInOwl"] + "hasAlternativeId"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A term that is no longer in use and has no single successor: why, and the terms in use that may suit."""

    term: "Term"
    reason: str
    candidates: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Succession:
    """What becomes of the terms that are no longer in use; every other term stays as it is."""

    moved: Mapping[str, str]  # CURIE to the CURIE of its successor
    dropped: frozenset[str]
    undecided: tuple[Undecided, ...]


def find_successors(terms: Iterable["Term"], new: "Ontology", decisions: Mapping[str, str]) -> Succession:
    """What becomes in the version `new` of terms of an earlier one.

    A deprecated term moves to the one that replaces it, and from there on while that is deprecated too. A term that
    is withdrawn in another way, absent, or of a kind that other relations lead to, is undecided unless `decisions`
    (CURIE to the CURIE of a term in use, or `drop`) has it. Raises `InputError` when terms replace each other in a
    circle, and for a decision that names no suitable term or is about a term that needs none. Decisions about other
    terms are passed over.
    """
    pointers = _Pointers(new)
    moved: dict[str, str] = {}
    dropped: set[str] = set()
    undecided: list[Undecided] = []
    for term in terms:
        found = pointers.follow(term)
        decision = decisions.get(term.curie)
        if isinstance(found, str):
            if decision:
                fate = "is in use" if found == term.curie else f"is replaced by {pointers.name(found)}"
                raise InputError(f"the decision {decision!r} for {_name(term)}: the term {fate}: leave it out")
            if found != term.curie:
                moved[term.curie] = found
        elif not decision:
            undecided.append(found)
        elif decision == DROP:
            dropped.add(term.curie)
        else:
            moved[term.curie] = pointers.choose(decision, found)
    return Succession(moved, frozenset(dropped), tuple(undecided))


class _Pointers:
    """The pointers of an ontology from terms that are withdrawn to others, by CURIE."""

    def __init__(self, ontology: "Ontology") -> None:
        self.ontology = ontology
        self.terms = {term.curie: term for term in ontology.terms()}
        self.curies = {term.iri: term.curie for term in ontology.terms()}
        self.deprecated = {term.curie for term in ontology.terms() if term.deprecated}
        self.replaced_by: dict[str, list[str]] = {}
        self.consider: dict[str, list[str]] = {}
        self.alternative: dict[str, list[str]] = {}
        named = {REPLACED_BY: self.replaced_by, CONSIDER: self.consider, _ALTERNATIVE_ID: self.alternative}
        for quad in ontology.quads:
            predicate = quad.predicate.value
            if predicate in named:
                pointer = named[predicate].setdefault(self._curie(quad.subject), [])
                if (target := self._curie(quad.object)) not in pointer:
                    pointer.append(target)

    def _curie(self, node: object) -> str:
        value = str(getattr(node, "value", node))
        return self.curies.get(value) or compact(value)

    def name(self, curie: str) -> str:
        return _name(self.terms[curie]) if curie in self.terms else curie

    def in_use(self, curie: str) -> bool:
        return curie in self.terms and curie not in self.deprecated and self.terms[curie].kind != "other"

    def follow(self, term: "Term") -> str | Undecided:
        """The term in use that stands for an earlier version's term, or why there is none."""
        way = [term.curie]
        while way[-1] in self.deprecated and len(successors := self.replaced_by.get(way[-1], [])) == 1:
            if successors[0] in way:
                circle = [*way[way.index(successors[0]) :], successors[0]]
                raise InputError(
                    f"{self.ontology.file}: terms replace each other in a circle: "
                    f"{' → '.join(map(self.name, circle))}; correct one of the replacements"
                )
            way.append(successors[0])
        end = way[-1]
        if self.in_use(end) and _suits(self.terms[end], term):
            return end
        replaced = "" if end == term.curie else f"replaced by {self.name(end)}, which is "
        return Undecided(term, replaced + self._why(end), tuple(self._candidates(term)))

    def _why(self, curie: str) -> str:
        if curie not in self.terms:
            return "absent from the new version"
        if self.in_use(curie):
            return f"of another kind ({self.terms[curie].kind})"
        if curie not in self.deprecated:
            return "outside the tree of terms"
        if self.replaced_by.get(curie):
            return "deprecated, with several replacements"
        return "deprecated, with terms to consider" if self.consider.get(curie) else "deprecated, without a replacement"

    def _candidates(self, term: "Term") -> Iterable["Term"]:
        """The suitable terms in use to which any pointer leads, that have the term's identifier, or its name."""
        pending = [term.curie]
        pending += [curie for curie, others in self.alternative.items() if term.curie in others]
        with suppress(LookupError):
            pending.append(self.ontology.term(term.label).curie)
        seen: set[str] = set()
        for curie in pending:
            if curie in seen:
                continue
            seen.add(curie)
            if self.in_use(curie) and _suits(self.terms[curie], term):
                yield self.terms[curie]
            elif curie in self.deprecated:
                pending += [*self.replaced_by.get(curie, ()), *self.consider.get(curie, ())]

    def choose(self, decision: str, about: Undecided) -> str:
        """The term in use that a decision names by its identifier."""
        told = f"the decision {decision!r} for {_name(about.term)}"
        curie = self._curie(decision)
        if curie not in self.terms:
            try:
                meant = f": write {_name(self.ontology.term(decision))} by its identifier"
            except UnknownTerm:
                meant = f": write the identifier of a term, or {DROP}"
            raise InputError(f"{told} is no identifier of the new version{meant}")
        if not self.in_use(curie):
            raise InputError(f"{told}: {self.name(curie)} is not in use in the new version")
        if not _suits(self.terms[curie], about.term):
            raise InputError(
                f"{told}: {self.name(curie)} is a {self.terms[curie].kind}, the term a {about.term.kind}: "
                "the relation of its facts does not lead there"
            )
        return curie


def _suits(new: "Term", old: "Term") -> bool:
    """Whether the relations that lead to a term lead to the other one too."""
    shown = {"finding", "artifact"}
    return new.kind == old.kind or {new.kind, old.kind} == shown


def _name(term: "Term") -> str:
    return f"{term.label} ({term.curie})"
