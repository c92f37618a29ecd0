"""Axioms in words: Manchester syntax (W3C Note, 2012) with labels instead of identifiers, as Protégé shows them."""

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from kg.owlxml.axioms import OWL, RDFS, XSD, Annotation, Axiom, Entity, Expression, Node, Sort
from kg.rdfio import compact

_JOINED = {OWL + "intersectionOf": " and ", OWL + "unionOf": " or "}
_QUANTIFIED = {OWL + "someValuesFrom": "some", OWL + "allValuesFrom": "only", OWL + "hasValue": "value"}
_TURNED = {OWL + "complementOf": "not", OWL + "datatypeComplementOf": "not", OWL + "inverseOf": "inverse"}
_PHRASES = {
    Sort.SUBCLASS_OF: "subclass of",
    Sort.EQUIVALENT_CLASSES: "equivalent to",
    Sort.DISJOINT_CLASSES: "disjoint with",
    Sort.DECLARATION: "declared as",
    Sort.CLASS_ASSERTION: "type",
    Sort.SUB_PROPERTY_CHAIN_OF: "follows from the chain",
}


def find_labels(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """The label of each named thing by its IRI: an English one before one without a language before any other.

    Of several that are as good it is the first in alphabetical order.
    """
    label, found = ox.NamedNode(RDFS + "label"), dict[str, tuple[int, str]]()
    for quad in quads:
        if quad.predicate == label and isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
            language = quad.object.language or ""
            rank = 0 if language.partition("-")[0] == "en" else 2 if language else 1
            candidate = (rank, quad.object.value)
            found[quad.subject.value] = min(candidate, found.get(quad.subject.value, candidate))
    return {iri: text for iri, (_, text) in found.items()}


class Wording:
    """Says axioms with the names that things have, by IRI."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def name(self, iri: str) -> str:
        """The label of what has this IRI, else its CURIE; what RDFS and OWL define goes without a prefix."""
        known = self._names.get(iri) or compact(iri)
        return known.removeprefix("rdfs:").removeprefix("owl:")

    def quoted(self, iri: str) -> str:
        """The label in quotes, unless it is one plain word; the CURIE where there is none."""
        label = self._names.get(iri)
        return compact(iri) if label is None else label if re.fullmatch(r"\w+", label) else f"'{label}'"

    def predicate(self, axiom: Axiom) -> str:
        """What kind of thing an axiom says of its subject."""
        if axiom.sort in (Sort.ANNOTATION_ASSERTION, Sort.OBJECT_PROPERTY_ASSERTION, Sort.DATA_PROPERTY_ASSERTION):
            return self.name(axiom.predicate)
        spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in axiom.sort.value).strip()
        return _PHRASES.get(axiom.sort, spaced)

    def value(self, axiom: Axiom) -> str:
        """What an axiom says, without its subject when that is a name; remarks in brackets."""
        said = self.node(axiom.object)
        if axiom.sort is Sort.SUB_PROPERTY_CHAIN_OF and isinstance(axiom.object, tuple):
            said = " o ".join(map(self.node, axiom.object))
        if isinstance(axiom.subject, Expression):
            said = f"{self.node(axiom.subject)}: {said}"
        return said + self.remarks(axiom.annotations)

    def remarks(self, annotations: Iterable[Annotation]) -> str:
        """The annotations of an axiom in brackets, nothing when there are none."""
        told = [f"{self.name(a.property)}: {self.node(a.value)}{self.remarks(a.annotations)}" for a in annotations]
        return f" [{'; '.join(told)}]" if told else ""

    def node(self, node: Node) -> str:
        """A part of an axiom: a name, a value, or an expression in Manchester syntax."""
        if isinstance(node, Entity):
            return self.name(node.iri)
        if isinstance(node, ox.NamedNode):
            return self.name(node.value)
        if isinstance(node, ox.Literal):
            return _value(node)
        if isinstance(node, tuple):
            return ", ".join(map(self.node, node))
        return self._expression(node)

    def _expression(self, expression: Expression) -> str:
        (word, value), *rest = expression.parts
        if word == OWL + "onProperty":
            return self._restriction(self._operand(value), *rest)
        if word in _JOINED and isinstance(value, tuple):
            return _JOINED[word].join(map(self._operand, value))
        if word in _TURNED:
            return f"{_TURNED[word]} {self._operand(value)}"
        if word == OWL + "oneOf":
            return f"{{{self.node(value)}}}"
        if word == OWL + "onDatatype":
            return f"{self.node(value)}[{self.node(rest[0][1])}]"
        return f"{compact(word)} {self.node(value)}"

    def _restriction(self, role: str, requirement: tuple[str, Node], *qualifier: tuple[str, Node]) -> str:
        word, value = requirement
        if word in _QUANTIFIED:
            return f"{role} {_QUANTIFIED[word]} {self._operand(value)}"
        if word == OWL + "hasSelf":
            return f"{role} Self"
        bound = "min" if "min" in word else "max" if "max" in word else "exactly"
        return " ".join([role, bound, self.node(value), *(self._operand(of) for _, of in qualifier)])

    def expression(self, node: Node) -> str:
        """A part of an axiom in Manchester syntax, with names in quotes."""
        return self.quoted(node.iri) if isinstance(node, Entity) else self.node(node)

    def _operand(self, node: Node) -> str:
        said = self.expression(node)
        return f"({said})" if isinstance(node, Expression) else said


def _value(literal: ox.Literal) -> str:
    if literal.language:
        return f"“{literal.value}”" + ("" if literal.language == "en" else f" ({literal.language})")
    return f"“{literal.value}”" if literal.datatype.value == XSD + "string" else literal.value
