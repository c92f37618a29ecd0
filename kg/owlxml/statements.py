"""The statements of a file by subject, and which of them have found their axiom."""

from collections.abc import Iterable

import pyoxigraph as ox

from kg.owlxml.axioms import OWL, RDF, RDFS, XSD, Entity, Kind
from kg.rdfio import compact

TYPE = RDF + "type"
_KINDS = {kind.value: kind for kind in Kind}
_BUILT_IN = {
    *(OWL + name for name in ("Thing", "Nothing", "topObjectProperty", "bottomObjectProperty")),
    *(OWL + name for name in ("topDataProperty", "bottomDataProperty", "deprecated", "versionInfo", "priorVersion")),
    *(OWL + name for name in ("backwardCompatibleWith", "incompatibleWith")),
    *(RDFS + name for name in ("label", "comment", "seeAlso", "isDefinedBy")),
}
_XSD_OF_OWL = (
    "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte "
    "unsignedLong unsignedInt unsignedShort unsignedByte double float string normalizedString token language Name "
    "NCName NMTOKEN boolean hexBinary base64Binary anyURI dateTime dateTimeStamp"
)
_DATATYPES = {
    *(XSD + name for name in _XSD_OF_OWL.split()),
    *(RDF + name for name in ("PlainLiteral", "XMLLiteral", "langString")),
    *(OWL + name for name in ("real", "rational")),
    RDFS + "Literal",
}


class NoAxiomError(Exception):
    """A statement or structure that OWL has no reading for."""


def is_datatype(iri: str) -> bool:
    """Whether a standard defines this datatype."""
    return iri.startswith(XSD) or iri in _DATATYPES


def is_built_in(iri: str) -> bool:
    """Whether OWL 2 itself knows what has this IRI, so that no file declares it. It does not know `xsd:date`."""
    return iri in _BUILT_IN or iri in _DATATYPES


class Statements:
    """An index of statements. Whatever reads one marks it; those left unread at the end are part of no axiom."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.all = list(dict.fromkeys((quad.subject, quad.predicate.value, quad.object) for quad in quads))
        self.unread = set(self.all)
        self._said: dict[object, dict[str, list[object]]] = {}
        self._kinds: dict[str, set[Kind]] = {}
        for subject, predicate, value in self.all:
            self._said.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if predicate == TYPE and isinstance(value, ox.NamedNode) and value.value in _KINDS:
                self._kinds.setdefault(getattr(subject, "value", ""), set()).add(_KINDS[value.value])

    def about(self, node: object) -> dict[str, list[object]]:
        """What is said of a node: values by predicate."""
        return self._said.get(node, {})

    def kinds(self, iri: str) -> set[Kind]:
        """What the file declares an IRI to be."""
        return self._kinds.get(iri, set())

    def of_type(self, *types: str) -> list[object]:
        """The nodes that have one of these types, in the order of the file."""
        wanted = {ox.NamedNode(name) for name in types}
        return [subject for subject, predicate, value in self.all if predicate == TYPE and value in wanted]

    def mark(self, subject: object, predicate: str, value: object) -> None:
        """Note that a statement has found its axiom."""
        self.unread.discard((subject, predicate, value))

    def only(self, node: object, predicate: str) -> object:
        """The value of a predicate that has exactly one, else None."""
        values = self.about(node).get(predicate, ())
        return values[0] if len(values) == 1 else None

    def take(self, node: object, predicate: str) -> object:
        """The one value of a predicate, which is marked. Raises `NoAxiomError` when there is not exactly one."""
        value = self.only(node, predicate)
        if value is None:
            raise NoAxiomError(f"{compact(predicate)} not exactly once")
        self.mark(node, predicate, value)
        return value

    def members(self, node: object) -> list[object]:
        """The members of a list, which is marked. Raises `NoAxiomError` when the list is broken."""
        members: list[object] = []
        seen = set()
        while node != ox.NamedNode(RDF + "nil"):
            first, rest = self.only(node, RDF + "first"), self.only(node, RDF + "rest")
            if node in seen or first is None or rest is None:
                raise NoAxiomError("a broken list")
            seen.add(node)
            members.append(first)
            self.mark(node, RDF + "first", first)
            self.mark(node, RDF + "rest", rest)
            self.mark(node, TYPE, ox.NamedNode(RDF + "List"))
            node = rest
        return members


def iri_of(node: object) -> str:
    """The IRI of a node. Raises `NoAxiomError` for a value or a nameless node."""
    if not isinstance(node, ox.NamedNode):
        raise NoAxiomError("a value or a nameless node where an IRI is expected")
    return str(node.value)


def declared_entity(node: object, kind: Kind) -> Entity:
    """The entity with this node's IRI. Raises `NoAxiomError` when the node has none."""
    return Entity(kind, iri_of(node))
