"""The parts of axioms as RDF: entities, values, class expressions, data ranges and lists."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from kg.owlsyntax.construct import Argument, Construct, SyntaxFault
from kg.owlxml.statements import is_built_in
from kg.rdfio import PREFIXES
from kg.wording import counted

OWL, RDF, RDFS, XSD = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]
TYPE = RDF + "type"
Node = ox.NamedNode | ox.BlankNode
Value = Node | ox.Literal

KINDS = {
    "Class": OWL + "Class",
    "Datatype": RDFS + "Datatype",
    "ObjectProperty": OWL + "ObjectProperty",
    "DataProperty": OWL + "DatatypeProperty",
    "AnnotationProperty": OWL + "AnnotationProperty",
    "NamedIndividual": OWL + "NamedIndividual",
}
# name of an expression: its type, the predicate, what it is made of
_OF_MANY = {
    "ObjectIntersectionOf": ("Class", OWL + "intersectionOf", "Class"),
    "ObjectUnionOf": ("Class", OWL + "unionOf", "Class"),
    "ObjectOneOf": ("Class", OWL + "oneOf", "NamedIndividual"),
    "DataIntersectionOf": ("Datatype", OWL + "intersectionOf", "Datatype"),
    "DataUnionOf": ("Datatype", OWL + "unionOf", "Datatype"),
    "DataOneOf": ("Datatype", OWL + "oneOf", "Literal"),
}
_OF_ONE = {
    "ObjectComplementOf": ("Class", OWL + "complementOf", "Class"),
    "DataComplementOf": ("Datatype", OWL + "datatypeComplementOf", "Datatype"),
}
_QUANTIFIERS = {"SomeValuesFrom": OWL + "someValuesFrom", "AllValuesFrom": OWL + "allValuesFrom"}
_BOUNDS = {  # the predicate without and with what is counted
    "MinCardinality": (OWL + "minCardinality", OWL + "minQualifiedCardinality"),
    "MaxCardinality": (OWL + "maxCardinality", OWL + "maxQualifiedCardinality"),
    "ExactCardinality": (OWL + "cardinality", OWL + "qualifiedCardinality"),
}
_RESTRICTIONS = {f"{kind}{word}" for kind in ("Object", "Data") for word in (*_QUANTIFIERS, *_BOUNDS, "HasValue")}
_MAKES = {  # what an expression may stand for
    **{name: kind for name, (kind, _, _) in (_OF_MANY | _OF_ONE).items()},
    **dict.fromkeys((*_RESTRICTIONS, "ObjectHasSelf"), "Class"),
    "DatatypeRestriction": "Datatype",
    "ObjectInverseOf": "ObjectProperty",
}
_APART = ({"Class", "Datatype"}, {"ObjectProperty", "DataProperty", "AnnotationProperty"})


class Statements:
    """The statements made so far, and the roles in which they use each IRI."""

    def __init__(self) -> None:
        self.said: list[ox.Quad] = []
        self._roles: dict[str, dict[str, int]] = {}  # of each IRI: its roles, and the line of the first use

    def say(self, subject: Node, predicate: str, value: Value) -> None:
        self.said.append(ox.Quad(subject, ox.NamedNode(predicate), value))

    def declare_entities(self) -> None:
        """State the kinds of all that is used. Raises `SyntaxFault` where RDF could not tell them apart."""
        for iri, roles in self._roles.items():
            for apart in _APART:
                confused = sorted(apart & roles.keys())
                if len(confused) > 1:
                    line = max(roles[role] for role in confused)
                    raise SyntaxFault(line, f"{iri} is {' and '.join(confused)}, which RDF cannot tell apart")
            if not is_built_in(iri):
                for role in roles:
                    self.say(ox.NamedNode(iri), TYPE, ox.NamedNode(KINDS[role]))

    def nodes(self, around: Construct, parts: Sequence[Argument], *roles: str) -> list[Value]:
        """One node for each part of `around`, read in its role.

        A role is an entity's kind (where expressions stand too), `Literal`, `IRI` (of what is annotated; an
        anonymous individual stands there too) or `Value` (of an annotation).
        """
        if len(parts) != len(roles):
            raise SyntaxFault(
                around.line, f"{around.name} has {counted(len(parts), 'part')} and not {len(roles)}: {_listed(roles)}"
            )
        return [self._node(around, part, role) for part, role in zip(parts, roles, strict=True)]

    def several(self, around: Construct, parts: Sequence[Argument], role: str, least: int = 2) -> list[Value]:
        """The nodes of parts that all have one role."""
        if len(parts) < least:
            raise SyntaxFault(around.line, f"{around.name} of fewer than {least} parts")
        return [self._node(around, part, role) for part in parts]

    def list_of(self, members: Iterable[Value]) -> Node:
        """The RDF list of the members."""
        rest: Node = ox.NamedNode(RDF + "nil")
        for member in reversed(list(members)):
            cell = ox.BlankNode()
            self.say(cell, RDF + "first", member)
            self.say(cell, RDF + "rest", rest)
            rest = cell
        return rest

    def _node(self, around: Construct, part: Argument, role: str) -> Value:
        if isinstance(part, Construct):
            if part.name in KINDS:
                (entity,) = self.nodes(part, part.arguments, "IRI")
                if part.name == role and isinstance(entity, ox.NamedNode):
                    return self._entity(entity, role, part.line)
            elif _MAKES.get(part.name) == role:
                return self._expression(part)
        elif isinstance(part, ox.NamedNode):
            if role in KINDS:
                return self._entity(part, role, around.line)
            if role != "Literal":
                return part
        elif isinstance(part, ox.BlankNode):
            if role in ("NamedIndividual", "IRI", "Value"):
                return part
        elif isinstance(part, ox.Literal) and role in ("Literal", "Value"):
            return part
        shown = part.name or "a list" if isinstance(part, Construct) else str(part)
        raise SyntaxFault(around.line, f"{shown} in {around.name}, where OWL 2 has {_listed([role])}")

    def _entity(self, entity: ox.NamedNode, role: str, line: int) -> ox.NamedNode:
        self._roles.setdefault(entity.value, {}).setdefault(role, line)
        return entity

    def _expression(self, expression: Construct) -> ox.BlankNode:
        node, name, parts = ox.BlankNode(), expression.name, expression.arguments
        if name == "ObjectInverseOf":
            (role,) = self.nodes(expression, parts, "ObjectProperty")
            self.say(node, OWL + "inverseOf", role)
            return node
        if name in _OF_MANY:
            kind, predicate, of = _OF_MANY[name]
            self.say(node, TYPE, ox.NamedNode(KINDS[kind]))
            self.say(node, predicate, self.list_of(self.several(expression, parts, of, least=1)))
        elif name in _OF_ONE:
            kind, predicate, of = _OF_ONE[name]
            (operand,) = self.nodes(expression, parts, of)
            self.say(node, TYPE, ox.NamedNode(KINDS[kind]))
            self.say(node, predicate, operand)
        elif name == "DatatypeRestriction":
            self._restrict_datatype(node, expression)
        else:
            self._restrict(node, expression)
        return node

    def _restrict_datatype(self, node: ox.BlankNode, expression: Construct) -> None:
        base, *facets = self.nodes(
            expression, expression.arguments, "Datatype", *["IRI", "Literal"] * (len(expression.arguments) // 2)
        )
        listed = []
        for facet, value in zip(facets[::2], facets[1::2], strict=True):
            limit = ox.BlankNode()
            self.say(limit, iri_of(facet, expression), value)
            listed.append(limit)
        self.say(node, TYPE, ox.NamedNode(KINDS["Datatype"]))
        self.say(node, OWL + "onDatatype", base)
        self.say(node, OWL + "withRestrictions", self.list_of(listed))

    def _restrict(self, node: ox.BlankNode, expression: Construct) -> None:
        """A restriction: what it requires of the values of a property."""
        data = expression.name.startswith("Data")
        word = expression.name.removeprefix("Data" if data else "Object")
        role, filler = ("DataProperty", "Datatype") if data else ("ObjectProperty", "Class")
        parts = expression.arguments
        self.say(node, TYPE, ox.NamedNode(OWL + "Restriction"))
        if word in _QUANTIFIERS and data and len(parts) > 2:
            *over, values = self.nodes(expression, parts, *[role] * (len(parts) - 1), filler)
            self.say(node, OWL + "onProperties", self.list_of(over))
            self.say(node, _QUANTIFIERS[word], values)
        elif word in _BOUNDS:
            self._bound(node, expression, role, filler)
        else:
            value = {"HasValue": "Literal" if data else "NamedIndividual"}.get(word, filler)
            roles = (role,) if word == "HasSelf" else (role, value)
            on, *required = self.nodes(expression, parts, *roles)
            self.say(node, OWL + "onProperty", on)
            if word == "HasSelf":
                self.say(node, OWL + "hasSelf", ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean")))
            else:
                self.say(node, _QUANTIFIERS.get(word, OWL + "hasValue"), required[0])

    def _bound(self, node: ox.BlankNode, expression: Construct, role: str, filler: str) -> None:
        count, *parts = expression.arguments or (None,)
        if not isinstance(count, int):
            raise SyntaxFault(expression.line, f"{expression.name} begins with a whole number")
        number = ox.Literal(str(count), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
        plain, qualified = _BOUNDS[expression.name.removeprefix("Data").removeprefix("Object")]
        on, *of = self.nodes(expression, parts, role, *[filler] * (len(parts) > 1))
        self.say(node, OWL + "onProperty", on)
        self.say(node, qualified if of else plain, number)
        for what in of:
            self.say(node, OWL + ("onClass" if filler == "Class" else "onDataRange"), what)


def resource(node: Value, around: Construct) -> Node:
    """A node that something is said of. Raises `SyntaxFault` for a value."""
    if isinstance(node, ox.Literal):
        raise SyntaxFault(around.line, f"{node} in {around.name}, where an IRI is expected")
    return node


def iri_of(node: Value, around: Construct) -> str:
    """The IRI of a node. Raises `SyntaxFault` when it has none."""
    if not isinstance(node, ox.NamedNode):
        raise SyntaxFault(around.line, f"{node} in {around.name}, where an IRI is expected")
    return str(node.value)


def _listed(roles: Iterable[str]) -> str:
    return ", ".join(roles)
