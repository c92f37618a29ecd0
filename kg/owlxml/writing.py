"""Axioms as RDF/XML text, in the order and layout of the OWL API."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from kg.errors import InputError
from kg.owlxml.axioms import (
    OWL,
    RDF,
    XSD,
    Annotation,
    Axiom,
    Entity,
    Expression,
    Kind,
    Node,
    Sort,
    Structure,
    annotation_key,
    axiom_key,
    entities,
    entities_within,
    iri_key,
)
from kg.owlxml.names import Prefixes
from kg.owlxml.reading import read_structure
from kg.owlxml.xml import Element, comment, document
from kg.rdfio import Document

_SECTIONS = {
    Kind.ANNOTATION_PROPERTY: "Annotation properties",
    Kind.DATATYPE: "Datatypes",
    Kind.OBJECT_PROPERTY: "Object Properties",
    Kind.DATA_PROPERTY: "Data properties",
    Kind.CLASS: "Classes",
    Kind.INDIVIDUAL: "Individuals",
}
_TYPE = RDF + "type"
_TOGETHER = {
    Sort.DISJOINT_CLASSES: "AllDisjointClasses",
    Sort.DISJOINT_OBJECT_PROPERTIES: "AllDisjointProperties",
    Sort.DISJOINT_DATA_PROPERTIES: "AllDisjointProperties",
    Sort.DIFFERENT_INDIVIDUALS: "AllDifferent",
}
_ELEMENTS = {*Kind, OWL + "Restriction", OWL + "Thing", OWL + "Nothing", OWL + "Ontology", OWL + "Axiom"}
_ELEMENTS |= {OWL + "Annotation"}


def write(content: Document | Iterable[ox.Quad], path: Path) -> None:
    """Write an ontology as Protégé would save it.

    The file appears whole or not at all. Raises `InputError` as `to_xml` does.
    """
    text = to_xml(content)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def to_xml(content: Document | Iterable[ox.Quad]) -> str:
    """The text of an ontology as Protégé would save it.

    No axiom, annotation, language tag or spelling of a literal changes; entities that are not declared become so.
    Raises `InputError` when statements belong to no OWL axiom, or hold what XML cannot.
    """
    quads, prefixes = content if isinstance(content, Document) else (list(content), {})
    return _Writer(read_structure(quads), prefixes).text()


class _Blank:
    """A node without an IRI, numbered in the order in which the OWL API numbers them."""

    __slots__ = ("named", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.named = False  # whether it is told by its number, because two statements lead to it

    @property
    def identifier(self) -> str:
        return f"genid{self.number}"


_Object = str | ox.Literal | _Blank


class _Graph:
    """The statements about one entity, in the order in which they are written."""

    def __init__(self) -> None:
        self.said: dict[str | _Blank, dict[tuple[str, _Object], None]] = {}
        self.expressions: dict[tuple[object, str, Expression], _Object] = {}
        self.apart: dict[_Blank, bool] = {}  # nodes told by their number, and whether they are written

    def add(self, subject: str | _Blank, predicate: str, value: _Object) -> None:
        self.said.setdefault(subject, {})[predicate, value] = None

    def roots(self) -> list[_Blank]:
        """The nameless nodes that no statement leads to, by their identifiers as text."""
        led_to = {value for statements in self.said.values() for _, value in statements}
        roots = [node for node in self.said if isinstance(node, _Blank) and node not in led_to]
        return sorted(roots, key=lambda node: node.identifier)


class _Writer:
    def __init__(self, structure: Structure, declared: dict[str, str]) -> None:
        self.structure = structure
        self.number = 0
        used = {entity for axiom in structure.axioms for entity in entities(axiom)}
        used |= set(entities_within(*structure.annotations))
        self.signature = {kind: {e.iri for e in used if e.kind is kind} for kind in Kind}
        kinds = [iri for iris in self.signature.values() for iri in iris]
        self.punned = {iri for iri in kinds if kinds.count(iri) > 1} if len(kinds) != len(set(kinds)) else set()
        assertions = (Sort.OBJECT_PROPERTY_ASSERTION, Sort.DATA_PROPERTY_ASSERTION)
        elements = {axiom.predicate for axiom in structure.axioms if axiom.sort in assertions}
        self.prefixes = Prefixes(structure.iri, declared, elements | self.signature[Kind.ANNOTATION_PROPERTY])

    def text(self) -> str:
        self.sections: dict[tuple[Kind | None, str], list[Axiom]] = {}
        self.general: list[Axiom] = []
        for axiom in self.structure.axioms:
            section = self._section(axiom)
            self.general.append(axiom) if section is None else self.sections.setdefault(section, []).append(axiom)
        blocks = [self._header()]
        for kind, title in _SECTIONS.items():
            blocks += self._entities(kind, title)
        blocks += self._annotated_iris()
        blocks += self._general_axioms()
        return document(self.prefixes, blocks)

    def _section(self, axiom: Axiom) -> tuple[Kind | None, str] | None:
        """The entity under which an axiom is written; None for the general ones."""
        subject = axiom.subject
        if axiom.sort is Sort.ANNOTATION_ASSERTION and isinstance(subject, ox.NamedNode):
            kinds = [kind for kind in Kind if subject.value in self.signature[kind]]
            return kinds[0] if len(kinds) == 1 else None, subject.value
        if isinstance(subject, Expression) and subject.rank == 1003:
            subject = subject.parts[0][1]
        return (subject.kind, subject.iri) if isinstance(subject, Entity) else None

    def _entities(self, kind: Kind, title: str) -> Iterator[str]:
        sections = [(iri, axioms) for (of, iri), axioms in self.sections.items() if of is kind]
        for place, (iri, axioms) in enumerate(sorted(sections, key=lambda section: iri_key(section[0]))):
            if place == 0:
                yield _banner(title)
            graph = self._translate(axioms)
            yield comment(iri) + self._render(graph, iri) + self._render_roots(graph)

    def _annotated_iris(self) -> Iterator[str]:
        sections = [(iri, axioms) for (kind, iri), axioms in self.sections.items() if kind is None]
        if sections:
            yield _banner("Annotations")
        for iri, axioms in sorted(sections, key=lambda section: iri_key(section[0])):
            graph = self._translate(axioms)
            yield self._render(graph, iri) + self._render_roots(graph)

    def _general_axioms(self) -> Iterator[str]:
        if self.general:
            yield _banner("General axioms")
        for axiom in sorted(self.general, key=axiom_key):
            yield self._render_roots(self._translate([axiom]))

    def _header(self) -> str:
        graph, structure = _Graph(), self.structure
        graph.add(structure.iri, _TYPE, OWL + "Ontology")
        if structure.version_iri:
            graph.add(structure.iri, OWL + "versionIRI", structure.version_iri)
        for imported in sorted(structure.imports, key=iri_key):
            graph.add(structure.iri, OWL + "imports", imported)
        self._annotate(graph, structure.iri, structure.annotations)
        return self._render(graph, structure.iri) + self._render_roots(graph)

    def _blank(self) -> _Blank:
        self.number += 1
        return _Blank(self.number)

    def _translate(self, axioms: list[Axiom]) -> _Graph:
        graph = _Graph()
        for axiom in sorted(axioms, key=axiom_key):
            if axiom.subject is None:
                self._translate_together(graph, axiom)
                continue
            subject = self._subject(graph, axiom.subject)
            value = self._value(graph, axiom)
            graph.add(subject, axiom.predicate, value)
            if axiom.annotations:
                self._reify(graph, OWL + "Axiom", (subject, axiom.predicate, value), axiom.annotations)
        return graph

    def _subject(self, graph: _Graph, node: Node) -> str | _Blank:
        subject = self._node(graph, node)
        assert not isinstance(subject, ox.Literal)  # noqa: S101 - no axiom is about a value
        return subject

    def _value(self, graph: _Graph, axiom: Axiom) -> _Object:
        """The object of an axiom; axioms that differ in their annotations alone share it."""
        if not isinstance(axiom.object, Expression):
            return self._node(graph, axiom.object)
        place = (axiom.subject, axiom.predicate, axiom.object)
        if place not in graph.expressions:
            graph.expressions[place] = self._node(graph, axiom.object)
        return graph.expressions[place]

    def _translate_together(self, graph: _Graph, axiom: Axiom) -> None:
        node = self._blank()
        node.named = any(remark.annotations for remark in axiom.annotations)
        properties_first = _TOGETHER[axiom.sort] == "AllDisjointProperties"
        if properties_first:
            self._annotate(graph, node, axiom.annotations)
        graph.add(node, _TYPE, OWL + _TOGETHER[axiom.sort])
        graph.add(node, axiom.predicate, self._node(graph, axiom.object))
        if not properties_first:
            self._annotate(graph, node, axiom.annotations)

    def _reify(
        self, graph: _Graph, kind: str, said: tuple[str | _Blank, str, _Object], remarks: tuple[Annotation, ...]
    ) -> None:
        node = self._blank()
        node.named = kind == OWL + "Axiom" and any(remark.annotations for remark in remarks)
        graph.add(node, _TYPE, kind)
        for part, value in zip(("Source", "Property", "Target"), said, strict=True):
            graph.add(node, OWL + f"annotated{part}", value)
        if isinstance(said[2], _Blank):
            said[2].named = True
        self._annotate(graph, node, remarks)

    def _annotate(self, graph: _Graph, node: str | _Blank, annotations: Iterable[Annotation]) -> None:
        for annotation in sorted(annotations, key=annotation_key):
            value = self._node(graph, annotation.value)
            graph.add(node, annotation.property, value)
            if annotation.annotations:
                self._reify(graph, OWL + "Annotation", (node, annotation.property, value), annotation.annotations)

    def _node(self, graph: _Graph, node: Node) -> _Object:
        if isinstance(node, Entity):
            return node.iri
        if isinstance(node, ox.NamedNode):
            return str(node.value)
        if isinstance(node, ox.Literal):
            return node
        if isinstance(node, tuple):
            return self._list(graph, node)
        blank = self._blank()
        if node.type:
            graph.add(blank, _TYPE, node.type)
        for predicate, value in node.parts:
            graph.add(blank, predicate, self._node(graph, value))
        return blank

    def _list(self, graph: _Graph, members: tuple[Node, ...]) -> str | _Blank:
        rest: str | _Blank = RDF + "nil"
        for member in reversed(members):
            cell = self._blank()
            graph.add(cell, _TYPE, RDF + "List")
            graph.add(cell, RDF + "first", self._node(graph, member))
            graph.add(cell, RDF + "rest", rest)
            rest = cell
        return rest

    def _render_roots(self, graph: _Graph) -> str:
        return "".join(self._render(graph, root) for root in graph.roots())

    def _render(self, graph: _Graph, node: str | _Blank) -> str:
        """A node that no other leads to, then the nodes that are told apart from what leads to them."""
        text = self._element(graph, node).text(1)
        while waiting := [blank for blank, written in graph.apart.items() if not written and blank is not node]:
            graph.apart[waiting[0]] = True
            text += self._element(graph, waiting[0]).text(1)
        return text

    def _element(self, graph: _Graph, node: str | _Blank) -> Element:
        statements = graph.said.get(node, {})
        types = [value for predicate, value in statements if predicate == _TYPE and value in _ELEMENTS]
        element = Element(self._name(str(types[-1]) if types else RDF + "Description"))
        if isinstance(node, str):
            element.attributes["rdf:about"] = node
        elif node.named:
            element.attributes["rdf:nodeID"] = node.identifier
        for predicate, value in statements:
            if types and predicate == _TYPE and value == types[-1]:
                continue
            element.children.append(self._statement(graph, predicate, value))
        return element

    def _statement(self, graph: _Graph, predicate: str, value: _Object) -> Element:
        element = Element(self._name(predicate))
        if isinstance(value, str):
            element.attributes["rdf:resource"] = value
        elif isinstance(value, ox.Literal):
            _set_literal(element, value)
        elif (members := _members(graph, value)) is not None:
            element.attributes["rdf:parseType"] = "Collection"
            element.children += [self._member(graph, member) for member in members]
        elif value.named:
            graph.apart.setdefault(value, False)
            element.attributes["rdf:nodeID"] = value.identifier
        else:
            element.children.append(self._element(graph, value))
        return element

    def _member(self, graph: _Graph, member: str | _Blank) -> Element:
        if isinstance(member, str):
            return Element(self._name(RDF + "Description"), {"rdf:about": member})
        return self._element(graph, member)

    def _name(self, iri: str) -> str:
        name = self.prefixes.name(iri)
        if name is None:
            raise InputError(
                f"{iri}: RDF/XML has no name for this property, because its end is no XML name (a letter or an "
                "underscore, then letters, digits, hyphens); give the property another IRI"
            )
        return name


def _members(graph: _Graph, node: _Blank) -> list[str | _Blank] | None:
    """The members of a list of resources; None for a list with values and for what is no list."""
    members: list[str | _Blank] = []
    cell: _Object = node
    while isinstance(cell, _Blank):
        said = dict(graph.said[cell].keys())
        first = said.get(RDF + "first")
        if first is None or isinstance(first, ox.Literal):
            return None
        members.append(first)
        cell = said[RDF + "rest"]
    return members


def _set_literal(element: Element, literal: ox.Literal) -> None:
    if literal.language:
        element.attributes["xml:lang"] = literal.language
    elif literal.datatype.value != XSD + "string":
        element.attributes["rdf:datatype"] = literal.datatype.value
    element.content = literal.value


def _banner(title: str) -> str:
    rule = "/" * 87
    return comment(f"\n{rule}\n//\n// {title}\n//\n{rule}\n")
