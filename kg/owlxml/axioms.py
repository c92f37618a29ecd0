"""OWL 2 axioms as values that compare by content, and the order in which the OWL API writes them.

A blank node of the RDF has no name here: an expression is what it says, and set-valued lists are sorted, so that two
files say the same when their axioms are equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from kg.owlxml.names import split_iri
from kg.rdfio import PREFIXES

OWL, RDF, RDFS, XSD = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]


class Kind(StrEnum):
    """What an entity is: the IRI by which a file declares it."""

    ANNOTATION_PROPERTY = OWL + "AnnotationProperty"
    DATATYPE = RDFS + "Datatype"
    OBJECT_PROPERTY = OWL + "ObjectProperty"
    DATA_PROPERTY = OWL + "DatatypeProperty"
    CLASS = OWL + "Class"
    INDIVIDUAL = OWL + "NamedIndividual"


@dataclass(frozen=True, slots=True)
class Entity:
    """A class, property, datatype or individual by the role that an axiom gives it."""

    kind: Kind
    iri: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A class expression, data range, facet or inverse property.

    `rank` is its place among the sorts of expression, `type` the class it is declared as, `parts` what is said of it.
    """

    rank: int
    type: str | None
    parts: "tuple[tuple[str, Node], ...]"


Node = Entity | Expression | ox.NamedNode | ox.Literal | tuple[Any, ...]
"""What an axiom is made of; a tuple is a list, sorted where its order says nothing."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on an axiom, on the ontology or on another remark."""

    property: str
    value: ox.NamedNode | ox.Literal
    annotations: "tuple[Annotation, ...]" = ()


class Sort(StrEnum):
    """The sorts of axiom, by the names of the OWL 2 specification, in the order of the OWL API."""

    DECLARATION = "Declaration"
    EQUIVALENT_CLASSES = "EquivalentClasses"
    SUBCLASS_OF = "SubClassOf"
    DISJOINT_CLASSES = "DisjointClasses"
    DISJOINT_UNION = "DisjointUnion"
    CLASS_ASSERTION = "ClassAssertion"
    SAME_INDIVIDUAL = "SameIndividual"
    DIFFERENT_INDIVIDUALS = "DifferentIndividuals"
    OBJECT_PROPERTY_ASSERTION = "ObjectPropertyAssertion"
    DATA_PROPERTY_ASSERTION = "DataPropertyAssertion"
    EQUIVALENT_OBJECT_PROPERTIES = "EquivalentObjectProperties"
    SUB_OBJECT_PROPERTY_OF = "SubObjectPropertyOf"
    INVERSE_OBJECT_PROPERTIES = "InverseObjectProperties"
    FUNCTIONAL_OBJECT_PROPERTY = "FunctionalObjectProperty"
    INVERSE_FUNCTIONAL_OBJECT_PROPERTY = "InverseFunctionalObjectProperty"
    SYMMETRIC_OBJECT_PROPERTY = "SymmetricObjectProperty"
    ASYMMETRIC_OBJECT_PROPERTY = "AsymmetricObjectProperty"
    TRANSITIVE_OBJECT_PROPERTY = "TransitiveObjectProperty"
    REFLEXIVE_OBJECT_PROPERTY = "ReflexiveObjectProperty"
    IRREFLEXIVE_OBJECT_PROPERTY = "IrreflexiveObjectProperty"
    OBJECT_PROPERTY_DOMAIN = "ObjectPropertyDomain"
    OBJECT_PROPERTY_RANGE = "ObjectPropertyRange"
    DISJOINT_OBJECT_PROPERTIES = "DisjointObjectProperties"
    SUB_PROPERTY_CHAIN_OF = "SubPropertyChainOf"
    EQUIVALENT_DATA_PROPERTIES = "EquivalentDataProperties"
    SUB_DATA_PROPERTY_OF = "SubDataPropertyOf"
    FUNCTIONAL_DATA_PROPERTY = "FunctionalDataProperty"
    DATA_PROPERTY_DOMAIN = "DataPropertyDomain"
    DATA_PROPERTY_RANGE = "DataPropertyRange"
    DISJOINT_DATA_PROPERTIES = "DisjointDataProperties"
    HAS_KEY = "HasKey"
    ANNOTATION_ASSERTION = "AnnotationAssertion"
    SUB_ANNOTATION_PROPERTY_OF = "SubAnnotationPropertyOf"
    ANNOTATION_PROPERTY_RANGE = "AnnotationPropertyRange"
    ANNOTATION_PROPERTY_DOMAIN = "AnnotationPropertyDomain"
    DATATYPE_DEFINITION = "DatatypeDefinition"


_PLACE = {sort: place for place, sort in enumerate(Sort)}
_ASSERTIONS = {
    Sort.ANNOTATION_ASSERTION: Kind.ANNOTATION_PROPERTY,
    Sort.OBJECT_PROPERTY_ASSERTION: Kind.OBJECT_PROPERTY,
    Sort.DATA_PROPERTY_ASSERTION: Kind.DATA_PROPERTY,
}


@dataclass(frozen=True, slots=True)
class Axiom:
    """A statement with its annotations. Without a subject it is about all members of the list that is its object."""

    sort: Sort
    subject: Node | None
    predicate: str
    object: Node
    annotations: tuple[Annotation, ...] = ()


@dataclass(slots=True)
class Structure:
    """An ontology as OWL has it: header, declarations and axioms, without an order and without blank nodes."""

    iri: str
    version_iri: str | None = None
    imports: frozenset[str] = frozenset()
    annotations: frozenset[Annotation] = frozenset()
    axioms: frozenset[Axiom] = field(default_factory=frozenset)


CARDINALITIES = {
    OWL + f"{bound}ardinality": bound for bound in ("c", "minC", "maxC", "qualifiedC", "minQualifiedC", "maxQualifiedC")
}
_ENTITY_RANK = {
    Kind.CLASS: 1001,
    Kind.OBJECT_PROPERTY: 1002,
    Kind.DATA_PROPERTY: 1004,
    Kind.INDIVIDUAL: 1005,
    Kind.ANNOTATION_PROPERTY: 1006,
    Kind.DATATYPE: 4001,
}
_EVERYTHING = {True: Entity(Kind.DATATYPE, RDFS + "Literal"), False: Entity(Kind.CLASS, OWL + "Thing")}


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")  # Java compares UTF-16 units, Python code points


@lru_cache(maxsize=100_000)
def iri_key(iri: str) -> tuple[bytes, bytes]:
    """What IRIs are sorted by: the namespace, then the rest."""
    namespace, rest = split_iri(iri)
    return _utf16(namespace), _utf16(rest)


def node_key(node: Node) -> tuple[Any, ...]:
    """What the parts of axioms are sorted by."""
    if isinstance(node, Entity):
        return _ENTITY_RANK[node.kind], *iri_key(node.iri)
    if isinstance(node, ox.NamedNode):
        return 0, *iri_key(node.value)
    if isinstance(node, ox.Literal):
        plain = node.language or node.datatype.value == XSD + "string"
        datatype = RDF + "PlainLiteral" if plain else node.datatype.value
        return 4008, iri_key(datatype), _utf16(node.value), node.language or ""
    if isinstance(node, tuple):
        return tuple(map(node_key, node))
    return node.rank, *_part_keys(node)


def _part_keys(expression: Expression) -> Iterator[object]:
    for predicate, value in expression.parts:
        if predicate in CARDINALITIES and isinstance(value, ox.Literal):
            yield int(value.value)
            if "ualified" not in predicate:
                yield node_key(_EVERYTHING[expression.rank >= 3012])  # the data restrictions
        else:
            yield node_key(value)


def annotation_key(annotation: Annotation) -> tuple[Any, ...]:
    """What annotations are sorted by: property, then value."""
    nested = tuple(map(annotation_key, annotation.annotations))
    return iri_key(annotation.property), node_key(annotation.value), nested


def axiom_key(axiom: Axiom) -> tuple[Any, ...]:
    """What axioms are sorted by: sort, content, annotations."""
    remarks = tuple(map(annotation_key, axiom.annotations))
    subject = () if axiom.subject is None else node_key(axiom.subject)
    value = node_key(axiom.object)
    place = _PLACE[axiom.sort]
    if axiom.subject is None:
        return place, value, remarks
    if axiom.sort in SYMMETRIC:
        return place, tuple(sorted((subject, value))), remarks
    if axiom.sort in _ASSERTIONS:
        return place, subject, iri_key(axiom.predicate), value, remarks
    if axiom.sort is Sort.SUB_PROPERTY_CHAIN_OF:
        return place, value, subject, remarks
    return place, subject, value, remarks


SYMMETRIC = {
    Sort.EQUIVALENT_CLASSES,
    Sort.DISJOINT_CLASSES,
    Sort.SAME_INDIVIDUAL,
    Sort.DIFFERENT_INDIVIDUALS,
    Sort.EQUIVALENT_OBJECT_PROPERTIES,
    Sort.INVERSE_OBJECT_PROPERTIES,
    Sort.DISJOINT_OBJECT_PROPERTIES,
    Sort.EQUIVALENT_DATA_PROPERTIES,
    Sort.DISJOINT_DATA_PROPERTIES,
}
"""Axioms that say the same with their two sides exchanged."""


def entities(axiom: Axiom) -> Iterator[Entity]:
    """Every entity that an axiom names, the annotation properties and the datatypes of values included."""
    if kind := _ASSERTIONS.get(axiom.sort):
        yield Entity(kind, axiom.predicate)
    yield from entities_within(axiom.subject, axiom.object, *axiom.annotations)


def entities_within(*parts: Node | Annotation | None) -> Iterator[Entity]:
    """Every entity that these parts of axioms name."""
    pending: list[object] = list(parts)
    while pending:
        node = pending.pop()
        if isinstance(node, Entity):
            yield node
        elif isinstance(node, ox.Literal):
            yield Entity(Kind.DATATYPE, node.datatype.value)
        elif isinstance(node, Expression):
            pending.extend(value for _, value in node.parts)
        elif isinstance(node, Annotation):
            yield Entity(Kind.ANNOTATION_PROPERTY, node.property)
            pending += [node.value, *node.annotations]
        elif isinstance(node, tuple):
            pending.extend(node)
