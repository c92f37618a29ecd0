"""Reasoning over the ontology: what follows from its axioms, by our own EL classifier and by HermiT."""

from kg.reasoning.axioms import And, Axioms, Expression, OutsideProfileError, Some, read_axioms
from kg.reasoning.el import Classification, classify
from kg.reasoning.hermit import classify_with_hermit

__all__ = [
    "And",
    "Axioms",
    "Classification",
    "Expression",
    "OutsideProfileError",
    "Some",
    "classify",
    "classify_with_hermit",
    "read_axioms",
]
