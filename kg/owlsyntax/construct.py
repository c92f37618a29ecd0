"""What both syntaxes say: named constructs with arguments, by the names of the OWL 2 specification."""

from dataclasses import dataclass

import pyoxigraph as ox

from kg.rdfio import PREFIXES

DEEPEST = 200
"""How deep constructs may be nested: far deeper than an editor's, and far less than Python's stack."""

_PLAIN = PREFIXES["rdf"] + "PlainLiteral"


class SyntaxFault(Exception):
    """What is wrong in a document, and the line on which it stands."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


@dataclass(frozen=True, slots=True)
class Construct:
    """`name(arguments…)`, such as `SubClassOf(:A :B)`; an entity whose kind is written is one, `Class(:A)`.

    The number of a cardinality is an `int`. A list without a name, as in `HasKey(:A (:p) (:d))`, has an empty one.
    """

    name: str
    arguments: "tuple[Argument, ...]"
    line: int


Argument = Construct | ox.NamedNode | ox.BlankNode | ox.Literal | int


def make_iri(iri: str, line: int) -> ox.NamedNode:
    """The node of an absolute IRI. Raises `SyntaxFault` for what is none."""
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise SyntaxFault(line, f"{iri!r} is no absolute IRI") from error


def make_literal(text: str, language: str | None, datatype: str | None, line: int) -> ox.Literal:
    """A value as RDF has it: `rdf:PlainLiteral`, by which OWL 2 knows texts with a language, is resolved.

    Raises `SyntaxFault` for a language that is no language tag.
    """
    if datatype == _PLAIN and language is None:
        text, _, language = text.rpartition("@")
    if not language:
        return ox.Literal(text, datatype=ox.NamedNode(datatype) if datatype and datatype != _PLAIN else None)
    try:
        return ox.Literal(text, language=language)
    except ValueError as error:
        raise SyntaxFault(line, f"{language!r} is no language tag") from error
