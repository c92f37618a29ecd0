"""The logical axioms of an OWL ontology, read from its RDF, and what of them lies outside the profile.

The mapping is that of OWL 2's "Mapping to RDF Graphs" (W3C 2012) for the part of OWL 2 EL that this package's
classifier covers: classes, intersections, existential restrictions, disjointness, and object properties with
hierarchy, chains, transitivity, reflexivity, domain and range.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from kg.errors import InputError
from kg.rdfio import PREFIXES, compact

_OWL, _RDF, _RDFS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"]
THING = _OWL + "Thing"
NOTHING = _OWL + "Nothing"


@dataclass(frozen=True, slots=True)
class And:
    """An intersection of class expressions."""

    operands: frozenset["Expression"]


@dataclass(frozen=True, slots=True)
class Some:
    """An existential restriction, `role some filler`."""

    role: str
    filler: "Expression"


Expression = str | And | Some
"""A class expression; a string is the IRI of a named class."""


@dataclass(slots=True)
class Axioms:
    """A set of logical axioms. `outside` holds, in words, each axiom that the profile does not cover."""

    classes: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    subclasses: list[tuple[Expression, Expression]] = field(default_factory=list)
    equivalent: list[tuple[Expression, Expression]] = field(default_factory=list)
    disjoint: list[tuple[Expression, Expression]] = field(default_factory=list)
    chains: list[tuple[tuple[str, ...], str]] = field(default_factory=list)  # one role: a plain role inclusion
    reflexive: set[str] = field(default_factory=set)
    domains: list[tuple[str, Expression]] = field(default_factory=list)
    ranges: list[tuple[str, Expression]] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


class OutsideProfileError(InputError):
    """The ontology holds axioms that the classifier does not cover. The message lists them."""

    def __init__(self, axioms: list[str]) -> None:
        self.axioms = axioms
        shown = "".join(f"\n  {axiom}" for axiom in axioms[:20])
        rest = f"\n  and {len(axioms) - 20} more" if len(axioms) > 20 else ""
        super().__init__(
            f"{len(axioms)} axiom(s) outside the part of OWL 2 EL that is classified here:{shown}{rest}\n"
            "Rewrite them with intersections and existential restrictions of named classes, or classify with HermiT."
        )


class _UnsupportedError(Exception):
    """A class or property expression that the profile does not cover."""


_STRUCTURE = {_OWL + name for name in ("onProperty", "someValuesFrom", "members")}
_STRUCTURE |= {_RDF + "first", _RDF + "rest"}
_ANNOTATIONS = {_OWL + name for name in ("annotatedSource", "annotatedProperty", "annotatedTarget", "deprecated")}
_ANNOTATIONS |= {_OWL + name for name in ("versionIRI", "versionInfo", "priorVersion")}
_ANNOTATIONS |= {_OWL + name for name in ("backwardCompatibleWith", "incompatibleWith")}
_ANNOTATIONS |= {_RDFS + name for name in ("label", "comment", "seeAlso", "isDefinedBy")}
_INTERSECTION = _OWL + "intersectionOf"
_INNER = {
    _OWL + name
    for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "hasValue", "hasSelf", "allValuesFrom")
}
_INNER |= {_OWL + name for name in ("onClass", "onDataRange", "onDatatype", "withRestrictions", "onProperties")}
_INNER |= {_OWL + f"{bound}{sort}" for bound in ("min", "max") for sort in ("Cardinality", "QualifiedCardinality")}
_INNER |= {_OWL + name for name in ("cardinality", "qualifiedCardinality", "datatypeComplementOf")}
_DECLARATIONS = {_OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")}
_DECLARATIONS |= {_OWL + name for name in ("Ontology", "Axiom", "Restriction", "NamedIndividual", "Annotation")}
_DECLARATIONS |= {_RDF + "List", _RDF + "Property", _RDFS + "Class", _RDFS + "Datatype"}


class _Reader:
    """The logical statements, by predicate; expressions are followed from the axioms that use them."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.said: dict[str, list[ox.Quad]] = {}
        for quad in quads:
            self.said.setdefault(quad.predicate.value, []).append(quad)
        types: dict[str, set[object]] = {}
        for quad in self.said.get(_RDF + "type", ()):
            if isinstance(quad.object, ox.NamedNode):
                types.setdefault(quad.object.value, set()).add(quad.subject)
        self.annotations = types.get(_OWL + "AnnotationProperty", set())
        self.roles = types.get(_OWL + "ObjectProperty", set())
        self.data = types.get(_OWL + "DatatypeProperty", set())
        self.axioms = Axioms(
            classes={node.value for node in types.get(_OWL + "Class", ()) if isinstance(node, ox.NamedNode)},
            roles={node.value for node in self.roles if isinstance(node, ox.NamedNode)},
        )
        self.values: dict[object, dict[str, object]] = {}
        for predicate in _STRUCTURE | _INNER:
            for quad in self.said.get(predicate, ()):
                self.values.setdefault(quad.subject, {})[predicate] = quad.object

    def read(self) -> Axioms:
        for predicate, quads in self.said.items():
            if self._is_silent(predicate):
                continue
            for quad in quads:
                try:
                    self._statement(quad.subject, predicate, quad.object)
                except _UnsupportedError as error:
                    self.axioms.outside.append(f"{self._name(quad.subject)} {compact(predicate)}: {error}")
        return self.axioms

    def _is_silent(self, predicate: str) -> bool:
        """Whether statements with this predicate are annotations, or are read where an axiom leads to them."""
        if predicate.startswith((_OWL, _RDF, _RDFS)):
            return predicate in _STRUCTURE | _ANNOTATIONS
        node = ox.NamedNode(predicate)
        return node in self.annotations or node not in self.roles | self.data

    def _statement(self, subject: object, predicate: str, value: object) -> None:
        if predicate == _RDF + "type":
            self._typing(subject, value)
        elif handler := _HANDLERS.get(predicate):
            handler(self, subject, value)
        elif predicate in _INNER and isinstance(subject, ox.NamedNode):
            raise _UnsupportedError("not covered as an axiom; state an equivalence")
        elif predicate in _INNER:
            return  # read, or refused, where an axiom leads to it
        elif predicate.startswith((_OWL, _RDF, _RDFS)):
            raise _UnsupportedError("not covered")
        else:
            raise _UnsupportedError(f"an assertion about an individual, {value}")

    def _typing(self, subject: object, value: object) -> None:
        kind = value.value if isinstance(value, ox.NamedNode) else None
        if kind == _OWL + "TransitiveProperty":
            role = self._role(subject)
            self.axioms.chains.append(((role, role), role))
        elif kind == _OWL + "ReflexiveProperty":
            self.axioms.reflexive.add(self._role(subject))
        elif kind == _OWL + "AllDisjointClasses":
            members = self._list(self.values.get(subject, {}).get(_OWL + "members"))
            named = [self._expression(member) for member in members]
            self.axioms.disjoint += [(a, b) for i, a in enumerate(named) for b in named[i + 1 :]]
        elif kind not in _DECLARATIONS:
            raise _UnsupportedError(f"{compact(kind) if kind else 'an anonymous class'} is not covered as a type")

    def _subclass(self, subject: object, value: object) -> None:
        self.axioms.subclasses.append((self._expression(subject), self._expression(value)))

    def _equivalent(self, subject: object, value: object) -> None:
        self.axioms.equivalent.append((self._expression(subject), self._expression(value)))

    def _disjoint(self, subject: object, value: object) -> None:
        self.axioms.disjoint.append((self._expression(subject), self._expression(value)))

    def _subproperty(self, subject: object, value: object) -> None:
        if subject not in self.annotations:
            self.axioms.chains.append(((self._role(subject),), self._role(value)))

    def _equivalent_property(self, subject: object, value: object) -> None:
        self._subproperty(subject, value)
        self._subproperty(value, subject)

    def _chain(self, subject: object, value: object) -> None:
        links = tuple(self._role(link) for link in self._list(value))
        if len(links) < 2:
            raise _UnsupportedError("a chain of fewer than two properties")
        self.axioms.chains.append((links, self._role(subject)))

    def _domain(self, subject: object, value: object) -> None:
        if subject not in self.annotations:
            self.axioms.domains.append((self._role(subject), self._expression(value)))

    def _range(self, subject: object, value: object) -> None:
        if subject not in self.annotations:
            self.axioms.ranges.append((self._role(subject), self._expression(value)))

    def _imports(self, _subject: object, value: object) -> None:
        raise _UnsupportedError(f"{value} is not followed; merge it into the file")

    def _role(self, node: object) -> str:
        if not isinstance(node, ox.NamedNode):
            raise _UnsupportedError("an inverse or anonymous property")
        if node in self.data:
            raise _UnsupportedError(f"the data property {compact(node.value)}")
        if node not in self.roles:
            raise _UnsupportedError(f"{compact(node.value)} is not declared as an object property")
        return node.value

    def _list(self, node: object) -> Iterator[object]:
        seen = set()
        while node != ox.NamedNode(_RDF + "nil"):
            cell = self.values.get(node, {})
            if node in seen or _RDF + "first" not in cell or _RDF + "rest" not in cell:
                raise _UnsupportedError("a broken list")
            seen.add(node)
            yield cell[_RDF + "first"]
            node = cell[_RDF + "rest"]

    def _expression(self, node: object) -> Expression:
        if isinstance(node, ox.NamedNode):
            if node.value not in (THING, NOTHING):
                self.axioms.classes.add(node.value)
            return node.value
        described = self.values.get(node, {})
        if refused := sorted((_INNER - {_INTERSECTION}) & described.keys()):
            raise _UnsupportedError(f"the expression {' '.join(map(compact, refused))}")
        if _INTERSECTION in described:
            operands = self._list(described[_INTERSECTION])
            return And(frozenset(self._expression(operand) for operand in operands))
        if _OWL + "onProperty" in described and _OWL + "someValuesFrom" in described:
            role = self._role(described[_OWL + "onProperty"])
            return Some(role, self._expression(described[_OWL + "someValuesFrom"]))
        raise _UnsupportedError(f"the expression {node}")

    def _name(self, node: object) -> str:
        return compact(node.value) if isinstance(node, ox.NamedNode) else str(node)


_HANDLERS: dict[str, Callable[[_Reader, object, object], None]] = {
    _RDFS + "subClassOf": _Reader._subclass,
    _OWL + "equivalentClass": _Reader._equivalent,
    _OWL + "disjointWith": _Reader._disjoint,
    _RDFS + "subPropertyOf": _Reader._subproperty,
    _OWL + "equivalentProperty": _Reader._equivalent_property,
    _OWL + "propertyChainAxiom": _Reader._chain,
    _RDFS + "domain": _Reader._domain,
    _RDFS + "range": _Reader._range,
    _OWL + "imports": _Reader._imports,
}


def read_axioms(quads: Iterable[ox.Quad]) -> Axioms:
    """The logical axioms of the statements; annotations and declarations carry none and are passed over.

    Nothing is dropped: what the profile does not cover is described in `outside`.
    """
    return _Reader(quads).read()
