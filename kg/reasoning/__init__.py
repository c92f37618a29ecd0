"""Reasoning over the ontology: what follows from its axioms and why, by our own EL classifier, HermiT and ELK."""

from kg.reasoning.axioms import (
    NOTHING,
    THING,
    And,
    Axioms,
    Expression,
    OutsideProfileError,
    Some,
    read_axioms,
)
from kg.reasoning.el import Classification, classify, follows
from kg.reasoning.elk import classify_with_elk
from kg.reasoning.explanation import Axiom, DoesNotFollowError, explain
from kg.reasoning.hermit import classify_with_hermit
from kg.reasoning.hierarchy import inferred
from kg.reasoning.profile import Violation, outside_el
from kg.reasoning.wording import say_axiom, say_expression

__all__ = [
    "NOTHING",
    "THING",
    "And",
    "Axiom",
    "Axioms",
    "Classification",
    "DoesNotFollowError",
    "Expression",
    "OutsideProfileError",
    "Some",
    "Violation",
    "classify",
    "classify_with_elk",
    "classify_with_hermit",
    "explain",
    "follows",
    "inferred",
    "outside_el",
    "read_axioms",
    "say_axiom",
    "say_expression",
]
