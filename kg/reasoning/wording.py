"""The axioms that a reasoner takes, in words."""

from collections.abc import Mapping

from kg.manchester import Wording
from kg.owlxml import Entity, Kind
from kg.owlxml import Expression as Node
from kg.owlxml.axioms import OWL
from kg.reasoning.axioms import And, Expression, Some
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


def say_expression(expression: Expression, known: Mapping[str, str]) -> str:
    """A class expression: `'skin condition' and ('disease has location' some toe)`; names first, by label."""
    wording = Wording(known)
    return wording.expression(_node(expression, wording))


def _node(expression: Expression, wording: Wording) -> Entity | Node:
    match expression:
        case str():
            return Entity(Kind.CLASS, expression)
        case And(operands):
            nodes = [_node(operand, wording) for operand in operands]
            nodes.sort(key=lambda node: (isinstance(node, Node), wording.expression(node)))
            return Node(3001, Kind.CLASS, ((OWL + "intersectionOf", tuple(nodes)),))
        case Some(role, filler):
            on = (OWL + "onProperty", Entity(Kind.OBJECT_PROPERTY, role))
            return Node(3005, OWL + "Restriction", (on, (OWL + "someValuesFrom", _node(filler, wording))))


def say_axiom(axiom: Axiom, known: Mapping[str, str]) -> str:
    """An axiom in one line: `'nail unit' SubClassOf 'part of' some digit`, `Transitive 'part of'`."""
    name = Wording(known).quoted
    match axiom:
        case SubClassOf(one, other):
            said: tuple[str, ...] = (say_expression(one, known), "SubClassOf", say_expression(other, known))
        case EquivalentTo(one, other):
            said = (say_expression(one, known), "EquivalentTo", say_expression(other, known))
        case DisjointWith(one, other):
            said = (say_expression(one, known), "DisjointWith", say_expression(other, known))
        case SubPropertyOf(chain, role) if chain == (role, role):
            said = ("Transitive", name(role))
        case SubPropertyOf(chain, role):
            said = (" o ".join(name(link) for link in chain), "SubPropertyOf", name(role))
        case Reflexive(role):
            said = ("Reflexive", name(role))
        case Domain(role, above):
            said = (name(role), "Domain", say_expression(above, known))
        case Range(role, above):
            said = (name(role), "Range", say_expression(above, known))
    return " ".join(said)
