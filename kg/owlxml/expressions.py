"""Class expressions, data ranges and properties from the statements about them."""

import pyoxigraph as ox

from kg.owlxml.axioms import OWL, RDF, RDFS, XSD, Entity, Expression, Kind, Node, node_key
from kg.owlxml.statements import TYPE, NoAxiomError, Statements, declared_entity, iri_of, is_datatype

_RESTRICTIONS = {  # predicate: rank on an object property, on a data property
    OWL + "someValuesFrom": (3005, 3012),
    OWL + "allValuesFrom": (3006, 3013),
    OWL + "hasValue": (3007, 3014),
    OWL + "minCardinality": (3008, 3015),
    OWL + "minQualifiedCardinality": (3008, 3015),
    OWL + "cardinality": (3009, 3016),
    OWL + "qualifiedCardinality": (3009, 3016),
    OWL + "maxCardinality": (3010, 3017),
    OWL + "maxQualifiedCardinality": (3010, 3017),
    OWL + "hasSelf": (3011, 3011),
}
_COMBINATIONS = {  # predicate: rank of a class expression, of a data range
    OWL + "intersectionOf": (3001, 4004),
    OWL + "unionOf": (3002, 2005),
    OWL + "complementOf": (3003, 4002),
    OWL + "datatypeComplementOf": (4002, 4002),
    OWL + "oneOf": (3004, 4003),
}
_TYPES = {OWL + "Class", OWL + "Restriction", RDFS + "Datatype", OWL + "DataRange"}
_ALL = (Entity(Kind.CLASS, OWL + "Thing"), Entity(Kind.DATATYPE, RDFS + "Literal"))


def as_set(members: list[Node]) -> tuple[Node, ...]:
    """A list whose order says nothing: sorted, each member once."""
    return tuple(sorted(set(members), key=node_key))


def kind_of(role: Node) -> Kind:
    """What sort of property a property expression is."""
    return role.kind if isinstance(role, Entity) else Kind.OBJECT_PROPERTY


class Expressions:
    """Reads nodes by the role that an axiom gives them.

    Every method raises `NoAxiomError` for what OWL does not know.
    """

    def __init__(self, statements: Statements) -> None:
        self.statements = statements
        self._open: set[object] = set()

    def individual(self, node: object) -> Node:
        if not isinstance(node, ox.NamedNode):
            raise NoAxiomError("an individual without an IRI")
        return Entity(Kind.INDIVIDUAL, node.value)

    def literal(self, node: object) -> ox.Literal:
        if not isinstance(node, ox.Literal):
            raise NoAxiomError("an IRI where a value is expected")
        return node

    def class_(self, node: object) -> Node:
        return declared_entity(node, Kind.CLASS) if isinstance(node, ox.NamedNode) else self.expression(node)

    def data_range(self, node: object) -> Node:
        return declared_entity(node, Kind.DATATYPE) if isinstance(node, ox.NamedNode) else self.expression(node)

    def is_data_range(self, node: object) -> bool:
        if isinstance(node, ox.NamedNode):
            return is_datatype(node.value) or Kind.DATATYPE in self.statements.kinds(node.value)
        types = self.statements.about(node).get(TYPE, ())
        return ox.NamedNode(RDFS + "Datatype") in types or ox.NamedNode(OWL + "DataRange") in types

    def role(self, node: object, *further: Kind, like: object = None) -> Node:
        """A property; one that is not declared is taken for what `like` is, else for an object property."""
        if isinstance(node, ox.BlankNode):
            return self.expression(node)
        iri = iri_of(node)
        for known in (iri, getattr(like, "value", "")):
            for kind in (Kind.OBJECT_PROPERTY, Kind.DATA_PROPERTY, *further):
                if kind in self.statements.kinds(known):
                    return Entity(kind, iri)
        return Entity(Kind.OBJECT_PROPERTY, iri)

    def content(self, node: object, predicate: str) -> object:
        """A node as a key: a nameless one by what it says, because its name may differ where it is repeated."""
        if not isinstance(node, ox.BlankNode):
            return node
        if RDF + "first" in self.statements.about(node):
            members = [self.content(member, predicate) for member in self.statements.members(node)]
            return tuple(members) if predicate == OWL + "propertyChainAxiom" else frozenset(members)
        return self.expression(node)

    def expression(self, node: object) -> Expression:
        if node in self._open:
            raise NoAxiomError("an expression that contains itself")
        self._open.add(node)
        try:
            expression = self._read(node)
        finally:
            self._open.discard(node)
        for value in self.statements.about(node).get(TYPE, ()):
            if isinstance(value, ox.NamedNode) and value.value in _TYPES:
                self.statements.mark(node, TYPE, value)
        return expression

    def _read(self, node: object) -> Expression:
        said = self.statements.about(node) if isinstance(node, ox.BlankNode) else {}
        if OWL + "onProperty" in said:
            return self._restriction(node)
        if OWL + "inverseOf" in said:
            inverted = self.role(self.statements.take(node, OWL + "inverseOf"))
            return Expression(1003, None, ((OWL + "inverseOf", inverted),))
        if OWL + "onDatatype" in said:
            return self._facets(node)
        found = [predicate for predicate in _COMBINATIONS if predicate in said]
        if len(found) != 1:
            raise NoAxiomError("a nameless node that is no class expression")
        return self._combination(node, found[0])

    def _facets(self, node: object) -> Expression:
        base = declared_entity(self.statements.take(node, OWL + "onDatatype"), Kind.DATATYPE)
        listed = self.statements.members(self.statements.take(node, OWL + "withRestrictions"))
        parts = ((OWL + "onDatatype", base), (OWL + "withRestrictions", as_set([self._facet(f) for f in listed])))
        return Expression(4006, Kind.DATATYPE, parts)

    def _facet(self, node: object) -> Expression:
        facets = list(self.statements.about(node))
        if len(facets) != 1:
            raise NoAxiomError("a restriction of a datatype without a value")
        return Expression(4007, None, ((facets[0], self.literal(self.statements.take(node, facets[0]))),))

    def _combination(self, node: object, predicate: str) -> Expression:
        data = self.is_data_range(node)
        read = self.data_range if data else self.class_
        value = self.statements.take(node, predicate)
        operand: Node
        if predicate in (OWL + "complementOf", OWL + "datatypeComplementOf"):
            operand = read(value)
        elif predicate == OWL + "oneOf":
            operand = as_set([self.literal(m) if data else self.individual(m) for m in self.statements.members(value)])
        else:
            operand = as_set([read(member) for member in self.statements.members(value)])
        return Expression(
            _COMBINATIONS[predicate][data], Kind.DATATYPE if data else Kind.CLASS, ((predicate, operand),)
        )

    def _restriction(self, node: object) -> Expression:
        found = [predicate for predicate in _RESTRICTIONS if predicate in self.statements.about(node)]
        if len(found) != 1:
            raise NoAxiomError("a restriction that does not say what it requires")
        predicate, value = found[0], self.statements.take(node, found[0])
        role = self.role(self.statements.take(node, OWL + "onProperty"))
        if isinstance(role, Entity) and self._asks_for_data(node, predicate, value):
            role = Entity(Kind.DATA_PROPERTY, role.iri)
        data = kind_of(role) is Kind.DATA_PROPERTY
        parts: tuple[tuple[str, Node], ...]
        if predicate.endswith("ValuesFrom"):
            parts = ((predicate, self.data_range(value) if data else self.class_(value)),)
        elif predicate == OWL + "hasValue":
            parts = ((predicate, self.literal(value) if data else self.individual(value)),)
        elif predicate == OWL + "hasSelf":
            parts = ((predicate, ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))),)
        else:
            parts = self._cardinality(node, predicate, self.literal(value).value)
        return Expression(_RESTRICTIONS[predicate][data], OWL + "Restriction", ((OWL + "onProperty", role), *parts))

    def _asks_for_data(self, node: object, predicate: str, value: object) -> bool:
        if OWL + "onDataRange" in self.statements.about(node):
            return True
        if predicate.endswith("ValuesFrom"):
            return self.is_data_range(value)
        return predicate == OWL + "hasValue" and isinstance(value, ox.Literal)

    def _cardinality(self, node: object, predicate: str, count: str) -> tuple[tuple[str, Node], ...]:
        if not (count.isascii() and count.isdigit()):
            raise NoAxiomError("a cardinality that is no whole number")
        number = ox.Literal(str(int(count)), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
        for place, read in ((OWL + "onClass", self.class_), (OWL + "onDataRange", self.data_range)):
            if place in self.statements.about(node):
                qualifier = read(self.statements.take(node, place))
                if qualifier not in _ALL:
                    return (predicate, number), (place, qualifier)
        return ((predicate.replace("qualifiedC", "c").replace("QualifiedC", "C"), number),)
