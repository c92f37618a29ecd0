"""Axioms in words: Manchester syntax (W3C Note, 2012) with labels instead of identifiers, as Protégé shows them."""

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from kg.rdfio import PREFIXES, compact
from kg.reasoning.axioms import And, Expression
from kg.reasoning.explanation import (
    Axiom,
    DisjointWith,
    Domain,
    EquivalentTo,
    Range,
    Reflexive,
    SubClassOf,
    SubPropertyOf,
)


def labels(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """The label of each named thing by its IRI: the English one, else one without language, else any."""
    label, found = ox.NamedNode(PREFIXES["rdfs"] + "label"), dict[str, tuple[int, str]]()
    for quad in quads:
        if quad.predicate == label and isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
            language = (quad.object.language or "").lower()
            rank = 0 if language.partition("-")[0] == "en" else 1 if not language else 2
            candidate = (rank, quad.object.value)
            found[quad.subject.value] = min(candidate, found.get(quad.subject.value, candidate))
    return {iri: text for iri, (_, text) in found.items()}


def name(iri: str, known: Mapping[str, str]) -> str:
    """The label, in quotes unless it is one plain word; the CURIE where there is none."""
    text = known.get(iri)
    if text is None:
        return compact(iri)
    return text if re.fullmatch(r"\w+", text) else f"'{text}'"


def say_expression(expression: Expression, known: Mapping[str, str]) -> str:
    """A class expression: `'skin condition' and ('disease has location' some toe)`; names first, by label."""
    match expression:
        case str():
            return name(expression, known)
        case And(operands):
            plain = sorted(name(operand, known) for operand in operands if isinstance(operand, str))
            others = sorted(_nested(operand, known) for operand in operands if not isinstance(operand, str))
            return " and ".join([*plain, *others])
        case _:
            return f"{name(expression.role, known)} some {_nested(expression.filler, known)}"


def _nested(expression: Expression, known: Mapping[str, str]) -> str:
    said = say_expression(expression, known)
    return said if isinstance(expression, str) else f"({said})"


def say_axiom(axiom: Axiom, known: Mapping[str, str]) -> str:
    """An axiom in one line: `'nail unit' SubClassOf 'part of' some digit`, `Transitive 'part of'`."""
    match axiom:
        case SubClassOf(one, other):
            said: tuple[str, ...] = (say_expression(one, known), "SubClassOf", say_expression(other, known))
        case EquivalentTo(one, other):
            said = (say_expression(one, known), "EquivalentTo", say_expression(other, known))
        case DisjointWith(one, other):
            said = (say_expression(one, known), "DisjointWith", say_expression(other, known))
        case SubPropertyOf(chain, role) if chain == (role, role):
            said = ("Transitive", name(role, known))
        case SubPropertyOf(chain, role):
            said = (" o ".join(name(link, known) for link in chain), "SubPropertyOf", name(role, known))
        case Reflexive(role):
            said = ("Reflexive", name(role, known))
        case Domain(role, above):
            said = (name(role, known), "Domain", say_expression(above, known))
        case Range(role, above):
            said = (name(role, known), "Range", say_expression(above, known))
    return " ".join(said)
