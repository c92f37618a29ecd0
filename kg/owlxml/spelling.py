"""Spellings of values that Protégé changes by itself when it saves a file."""

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.owlxml.axioms import RDF, XSD

_REAL = r"-?(0\.0|0\.[0-9]{0,2}[1-9]|[1-9][0-9]{0,6}\.(0|[0-9]{0,4}[1-9]))"
_FATES = {  # datatype: the spellings that surely stay, what becomes of another
    XSD + "boolean": (r"true|false", "becomes true or false"),
    XSD + "integer": (r"-?[1-9][0-9]*|[0-9]+", "loses its sign"),
    XSD + "double": (_REAL, "may be written as Java writes it"),
    XSD + "float": (_REAL, "may be written as Java writes it"),
    RDF + "PlainLiteral": (r"(?!)", "becomes a text with a language"),
    RDF + "XMLLiteral": (r"(?!)", "is saved only if it is a whole XML element"),
}


def unstable_literals(quads: Iterable[ox.Quad]) -> Iterator[tuple[ox.Quad, str]]:
    """The statements whose value the OWL API respells or cannot save, each with what happens to it."""
    for quad in quads:
        if isinstance(quad.object, ox.Literal):
            stays, fate = _FATES.get(
                quad.object.datatype.value, (r"[^\r]*", "has its carriage returns made line feeds")
            )
            if not re.fullmatch(stays, quad.object.value):
                yield quad, fate
