"""Constructs as RDF statements: the OWL 2 mapping to RDF graphs (W3C Recommendation, 2012), section 2."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pyoxigraph as ox

from kg.owlsyntax.construct import Argument, Construct, SyntaxFault
from kg.owlsyntax.statements import KINDS, OWL, RDFS, TYPE, Node, Statements, Value, iri_of, resource

_Triple = tuple[Node, str, Value]

# name of a construct: the predicate, and what stands on its two sides
_TWO_SIDED = {
    "SubClassOf": (RDFS + "subClassOf", "Class", "Class"),
    "DatatypeDefinition": (OWL + "equivalentClass", "Datatype", "Datatype"),
    "SubDataPropertyOf": (RDFS + "subPropertyOf", "DataProperty", "DataProperty"),
    "SubAnnotationPropertyOf": (RDFS + "subPropertyOf", "AnnotationProperty", "AnnotationProperty"),
    "InverseObjectProperties": (OWL + "inverseOf", "ObjectProperty", "ObjectProperty"),
    "ObjectPropertyDomain": (RDFS + "domain", "ObjectProperty", "Class"),
    "ObjectPropertyRange": (RDFS + "range", "ObjectProperty", "Class"),
    "DataPropertyDomain": (RDFS + "domain", "DataProperty", "Class"),
    "DataPropertyRange": (RDFS + "range", "DataProperty", "Datatype"),
    "AnnotationPropertyDomain": (RDFS + "domain", "AnnotationProperty", "IRI"),
    "AnnotationPropertyRange": (RDFS + "range", "AnnotationProperty", "IRI"),
}
# axioms that say one thing of two or more, pair by pair
_CHAINED = {
    "EquivalentClasses": (OWL + "equivalentClass", "Class"),
    "EquivalentObjectProperties": (OWL + "equivalentProperty", "ObjectProperty"),
    "EquivalentDataProperties": (OWL + "equivalentProperty", "DataProperty"),
    "SameIndividual": (OWL + "sameAs", "NamedIndividual"),
}
# axioms that say one thing of two by a predicate, of more by a list
_GATHERED = {
    "DisjointClasses": (OWL + "disjointWith", OWL + "AllDisjointClasses", "Class"),
    "DisjointObjectProperties": (OWL + "propertyDisjointWith", OWL + "AllDisjointProperties", "ObjectProperty"),
    "DisjointDataProperties": (OWL + "propertyDisjointWith", OWL + "AllDisjointProperties", "DataProperty"),
    "DifferentIndividuals": (OWL + "differentFrom", OWL + "AllDifferent", "NamedIndividual"),
}
_CHARACTERISTICS = {
    **{
        f"{name}ObjectProperty": (f"{name}Property", "ObjectProperty")
        for name in (
            *("Functional", "InverseFunctional", "Reflexive", "Irreflexive"),
            *("Symmetric", "Asymmetric", "Transitive"),
        )
    },
    "FunctionalDataProperty": ("FunctionalProperty", "DataProperty"),
}


def to_statements(ontology: Construct) -> list[ox.Quad]:
    """The statements that an `Ontology` construct makes.

    Entities are declared by the role in which they are used, without which the RDF could not be read back. Raises
    `SyntaxFault`, with the line, for a construct that OWL 2 does not know or that has other parts than it should; so
    for rules, which are no part of OWL.
    """
    return _Mapping().ontology(ontology)


class _Mapping:
    def __init__(self) -> None:
        self.statements = Statements()

    def ontology(self, ontology: Construct) -> list[ox.Quad]:
        names = [part for part in ontology.arguments if isinstance(part, ox.NamedNode)]
        if len(names) > 2 or names != list(ontology.arguments[: len(names)]):
            raise SyntaxFault(ontology.line, "an ontology begins with its IRI and the IRI of its version")
        header: Node = names[0] if names else ox.BlankNode()
        self.statements.say(header, TYPE, ox.NamedNode(OWL + "Ontology"))
        for version in names[1:]:
            self.statements.say(header, OWL + "versionIRI", version)
        for part in ontology.arguments[len(names) :]:
            if not isinstance(part, Construct):
                raise SyntaxFault(ontology.line, f"{part} is no axiom")
            if part.name == "Import":
                (imported,) = self.statements.nodes(part, part.arguments, "IRI")
                self.statements.say(header, OWL + "imports", imported)
            elif part.name == "Annotation":
                self._annotate(header, [part])
            else:
                self._axiom(part)
        self.statements.declare_entities()
        return list(dict.fromkeys(self.statements.said))

    def _axiom(self, axiom: Construct) -> None:
        place = next((n for n, part in enumerate(axiom.arguments) if not _is_remark(part)), len(axiom.arguments))
        remarks = [part for part in axiom.arguments[:place] if isinstance(part, Construct)]
        made = self._state(axiom, axiom.arguments[place:])
        if isinstance(made, ox.BlankNode):
            self._annotate(made, remarks)
            return
        for subject, predicate, value in made:
            self.statements.say(subject, predicate, value)
            if remarks:
                self._reify("Axiom", (subject, predicate, value), remarks)

    def _annotate(self, subject: Node, remarks: Iterable[Construct]) -> None:
        for remark in remarks:
            inner = [part for part in remark.arguments if isinstance(part, Construct) and _is_remark(part)]
            about, what = self.statements.nodes(remark, remark.arguments[len(inner) :], "AnnotationProperty", "Value")
            predicate = iri_of(about, remark)
            self.statements.say(subject, predicate, what)
            if inner:
                self._reify("Annotation", (subject, predicate, what), inner)

    def _reify(self, kind: str, said: _Triple, remarks: Iterable[Construct]) -> None:
        node = ox.BlankNode()
        source, predicate, target = said
        self.statements.say(node, TYPE, ox.NamedNode(OWL + kind))
        self.statements.say(node, OWL + "annotatedSource", source)
        self.statements.say(node, OWL + "annotatedProperty", ox.NamedNode(predicate))
        self.statements.say(node, OWL + "annotatedTarget", target)
        self._annotate(node, remarks)

    def _state(self, axiom: Construct, parts: Sequence[Argument]) -> list[_Triple] | ox.BlankNode:
        """The statements that are the axiom, or the node that stands for it."""
        name = axiom.name
        if name in _TWO_SIDED:
            predicate, left, right = _TWO_SIDED[name]
            about, what = self.statements.nodes(axiom, parts, left, right)
            return [(resource(about, axiom), predicate, what)]
        if name in _CHAINED:
            predicate, kind = _CHAINED[name]
            members = [resource(node, axiom) for node in self.statements.several(axiom, parts, kind)]
            return [(one, predicate, next_) for one, next_ in pairwise(members)]
        if name in _GATHERED:
            return self._gathered(axiom, parts)
        if name in _CHARACTERISTICS:
            type_, kind = _CHARACTERISTICS[name]
            (role,) = self.statements.nodes(axiom, parts, kind)
            return [(resource(role, axiom), TYPE, ox.NamedNode(OWL + type_))]
        if name.startswith("Negative"):
            return self._denial(axiom, parts)
        return [self._single(axiom, parts)]

    def _single(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        match axiom.name:
            case "Declaration":
                return self._declaration(axiom, parts)
            case "AnnotationAssertion" | "DataPropertyAssertion":
                return self._assertion(axiom, parts)
            case "ClassAssertion":
                type_, individual = self.statements.nodes(axiom, parts, "Class", "NamedIndividual")
                return resource(individual, axiom), TYPE, type_
            case "ObjectPropertyAssertion":
                return self._object_property_assertion(axiom, parts)
            case "SubObjectPropertyOf":
                return self._sub_property(axiom, parts)
            case "DisjointUnion" | "HasKey":
                return self._listing(axiom, parts)
        raise SyntaxFault(axiom.line, f"{axiom.name or 'a list'} is no axiom of OWL 2; remove it")

    def _declaration(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        entity = parts[0] if len(parts) == 1 else None
        if not (isinstance(entity, Construct) and entity.name in KINDS):
            raise SyntaxFault(axiom.line, "a declaration names one entity and its kind")
        (declared,) = self.statements.nodes(axiom, parts, entity.name)
        return resource(declared, axiom), TYPE, ox.NamedNode(KINDS[entity.name])

    def _assertion(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        data = ("DataProperty", "NamedIndividual", "Literal")
        roles = data if axiom.name == "DataPropertyAssertion" else ("AnnotationProperty", "IRI", "Value")
        predicate, about, value = self.statements.nodes(axiom, parts, *roles)
        return resource(about, axiom), iri_of(predicate, axiom), value

    def _listing(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        if axiom.name == "DisjointUnion":
            about, *members = self.statements.several(axiom, parts, "Class", least=3)
            return resource(about, axiom), OWL + "disjointUnionOf", self.statements.list_of(members)
        (about,) = self.statements.nodes(axiom, parts[:1], "Class")
        return resource(about, axiom), OWL + "hasKey", self.statements.list_of(self._key(axiom, parts[1:]))

    def _gathered(self, axiom: Construct, parts: Sequence[Argument]) -> list[_Triple] | ox.BlankNode:
        predicate, type_, kind = _GATHERED[axiom.name]
        members = self.statements.several(axiom, parts, kind)
        if len(members) == 2:
            return [(resource(members[0], axiom), predicate, members[1])]
        node = ox.BlankNode()
        self.statements.say(node, TYPE, ox.NamedNode(type_))
        self.statements.say(node, OWL + "members", self.statements.list_of(members))
        return node

    def _denial(self, axiom: Construct, parts: Sequence[Argument]) -> ox.BlankNode:
        """A negative assertion of a property."""
        kinds = {
            "NegativeObjectPropertyAssertion": ("ObjectProperty", "NamedIndividual", "targetIndividual"),
            "NegativeDataPropertyAssertion": ("DataProperty", "Literal", "targetValue"),
        }
        if axiom.name not in kinds:
            raise SyntaxFault(axiom.line, f"{axiom.name} is no axiom of OWL 2; remove it")
        kind, of, target = kinds[axiom.name]
        role, about, value = self.statements.nodes(axiom, parts, kind, "NamedIndividual", of)
        node = ox.BlankNode()
        self.statements.say(node, TYPE, ox.NamedNode(OWL + "NegativePropertyAssertion"))
        self.statements.say(node, OWL + "sourceIndividual", about)
        self.statements.say(node, OWL + "assertionProperty", role)
        self.statements.say(node, OWL + target, value)
        return node

    def _object_property_assertion(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        role = parts[0] if parts else None
        inverse = isinstance(role, Construct) and role.name == "ObjectInverseOf"
        named = role.arguments if isinstance(role, Construct) and inverse else parts[:1]
        property_, one, other = self.statements.nodes(
            axiom, (*named, *parts[1:]), "ObjectProperty", "NamedIndividual", "NamedIndividual"
        )
        about, what = (other, one) if inverse else (one, other)
        return resource(about, axiom), iri_of(property_, axiom), what

    def _sub_property(self, axiom: Construct, parts: Sequence[Argument]) -> _Triple:
        below = parts[0] if parts else None
        if not (isinstance(below, Construct) and below.name == "ObjectPropertyChain"):
            one, other = self.statements.nodes(axiom, parts, "ObjectProperty", "ObjectProperty")
            return resource(one, axiom), RDFS + "subPropertyOf", other
        (above,) = self.statements.nodes(axiom, parts[1:], "ObjectProperty")
        links = self.statements.several(below, below.arguments, "ObjectProperty")
        return resource(above, axiom), OWL + "propertyChainAxiom", self.statements.list_of(links)

    def _key(self, axiom: Construct, parts: Sequence[Argument]) -> list[Value]:
        """The properties of a key: two lists in functional syntax, properties with their kinds in OWL/XML."""
        found: list[Value] = []
        for kind, part in zip(("ObjectProperty", "DataProperty"), parts, strict=False):
            if isinstance(part, Construct) and not part.name:
                found += self.statements.nodes(part, part.arguments, *[kind] * len(part.arguments))
        listed = [part for part in parts if not (isinstance(part, Construct) and not part.name)]
        for part in listed:
            data = isinstance(part, Construct) and part.name == "DataProperty"
            found += self.statements.nodes(axiom, [part], "DataProperty" if data else "ObjectProperty")
        if not found:
            raise SyntaxFault(axiom.line, "HasKey names no property")
        return found


def _is_remark(part: Argument) -> bool:
    return isinstance(part, Construct) and part.name == "Annotation"
