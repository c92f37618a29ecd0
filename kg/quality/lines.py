"""The line of an ontology's file that a statement stands on."""

import functools
import re
from pathlib import Path
from urllib.parse import urljoin
from xml.parsers import expat

import pyoxigraph as ox

from kg.owlsyntax import Argument, Construct, parse
from kg.rdfio import PREFIXES, OwlSyntax, sniff

_RDF = PREFIXES["rdf"]
_BASE = "http://www.w3.org/XML/1998/namespace base"
_SUBJECT = re.compile(r"(?:<([^>\s]+)>|([\w-]*):([\w.-]+))")


class Lines:
    """Where a file speaks of an entity. The file is read when the first line is asked for.

    In RDF/XML and in the syntaxes of OWL statements have lines too; in Turtle and its kin only the entities that begin
    a line.
    """

    def __init__(self, file: Path, prefixes: dict[str, str]) -> None:
        self._file = file
        self._prefixes = prefixes

    def find(self, entity: str | None, predicate: str | None, value: str | None) -> int | None:
        """The line of the statement, else of the entity's first one with this predicate, else of the entity."""
        keys = ((entity, predicate, value), (entity, predicate), (entity,))
        return next((self._known[key] for key in keys if key in self._known), None)

    @functools.cached_property
    def _known(self) -> dict[tuple[str | None, ...], int]:
        content = self._file.read_bytes()
        syntax = sniff(content)
        if isinstance(syntax, OwlSyntax):
            return _lines_of_owl(parse(content, syntax)[0])
        if syntax == ox.RdfFormat.RDF_XML:
            return _lines_of_xml(content)
        known: dict[tuple[str | None, ...], int] = {}
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            if found := _SUBJECT.match(line):
                iri = found[1] or self._prefixes.get(found[2] or "", "") + (found[3] or "")
                known.setdefault((iri,), number)
        return known


def _lines_of_xml(content: bytes) -> dict[tuple[str | None, ...], int]:
    """The lines of node elements below the root and of the property elements directly in them."""
    known: dict[tuple[str | None, ...], int] = {}
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth, base, entity, predicate, start, text = 0, "", "", "", 0, ""

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, base, entity, predicate, start, text
        depth += 1
        if depth == 1:
            base = attributes.get(_BASE, "")
        elif depth == 2:
            entity = urljoin(base, attributes.get(f"{_RDF} about", ""))
            known.setdefault((entity,), parser.CurrentLineNumber)
        elif depth == 3:
            predicate, start = name.replace(" ", ""), parser.CurrentLineNumber
            text = urljoin(base, attributes[f"{_RDF} resource"]) if f"{_RDF} resource" in attributes else ""

    def read(characters: str) -> None:
        nonlocal text
        if depth == 3:
            text += characters

    def end(_: str) -> None:
        nonlocal depth
        if depth == 3:
            known.setdefault((entity, predicate), start)
            known.setdefault((entity, predicate, text), start)
        depth -= 1

    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = begin, read, end
    parser.Parse(content, True)
    return known


def _lines_of_owl(ontology: Construct) -> dict[tuple[str | None, ...], int]:
    """The lines of axioms: an assertion's by what it says, another's by the first IRI in it."""
    known: dict[tuple[str | None, ...], int] = {}
    for axiom in ontology.arguments:
        if not isinstance(axiom, Construct) or _is_remark(axiom):
            continue
        said = [_value(part) for part in axiom.arguments if not _is_remark(part)]
        if axiom.name == "SubClassOf":
            said.insert(0, PREFIXES["rdfs"] + "subClassOf")
        if axiom.name in ("SubClassOf", "AnnotationAssertion"):
            predicate, entity, value = said
            known.setdefault((entity, predicate, value), axiom.line)
            known.setdefault((entity, predicate), axiom.line)
            known.setdefault((entity,), axiom.line)
        elif said:
            known.setdefault((said[0],), axiom.line)
    return known


def _is_remark(part: Argument) -> bool:
    return isinstance(part, Construct) and part.name == "Annotation"


def _value(part: Argument) -> str | None:
    """The text of a value, or the IRI of an entity whose kind may be written around it."""
    if isinstance(part, Construct):
        return _value(part.arguments[0]) if len(part.arguments) == 1 else None
    return None if isinstance(part, int) else part.value
