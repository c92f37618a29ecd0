"""Whether an ontology stays in OWL 2 EL, the profile that classifiers answer in polynomial time.

What is forbidden is that of "OWL 2 Profiles" (W3C 2012), section 2.2, seen through "Mapping to RDF Graphs". The
restrictions of OWL 2 DL, which the profile presupposes, are not looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from kg.rdfio import PREFIXES, compact

_OWL, _RDF, _RDFS, _XSD = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]
_FIRST, _REST = _RDF + "first", _RDF + "rest"
_RANGE, _WIDER, _CHAIN = _RDFS + "range", _RDFS + "subPropertyOf", _OWL + "propertyChainAxiom"

_CARDINALITY = "a cardinality restriction (min, max, exactly)"
_FORBIDDEN = {
    _OWL + "allValuesFrom": "a universal restriction (only)",
    _OWL + "unionOf": "a disjunction (or)",
    _OWL + "disjointUnionOf": "a disjoint union",
    _OWL + "complementOf": "a negation (not)",
    _OWL + "datatypeComplementOf": "the negation of a datatype",
    _OWL + "onDatatype": "a datatype with facets",
    _OWL + "inverseOf": "an inverse property",
    _OWL + "propertyDisjointWith": "disjoint properties",
    **{_OWL + f"{bound}Cardinality": _CARDINALITY for bound in ("min", "max")},
    **{_OWL + f"{bound}QualifiedCardinality": _CARDINALITY for bound in ("min", "max")},
    **{_OWL + name: _CARDINALITY for name in ("cardinality", "qualifiedCardinality")},
}
_FORBIDDEN_TYPES = {
    _OWL + "InverseFunctionalProperty": "an inverse functional property",
    _OWL + "SymmetricProperty": "a symmetric property",
    _OWL + "AsymmetricProperty": "an asymmetric property",
    _OWL + "IrreflexiveProperty": "an irreflexive property",
    _OWL + "AllDisjointProperties": "disjoint properties",
}
_DATATYPES = {_RDF + "PlainLiteral", _RDF + "langString", _RDF + "XMLLiteral", _RDFS + "Literal"}
_DATATYPES |= {_OWL + "real", _OWL + "rational"}
_DATATYPES |= {_XSD + name for name in ("decimal", "integer", "nonNegativeInteger", "string", "normalizedString")}
_DATATYPES |= {_XSD + name for name in ("token", "Name", "NCName", "NMTOKEN", "hexBinary", "base64Binary")}
_DATATYPES |= {_XSD + name for name in ("dateTime", "dateTimeStamp", "anyURI")}
_TAKE_VALUES = {_FIRST, _OWL + "hasValue", _OWL + "targetValue"}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something outside the profile: what it uses, and the IRIs of the things that the axiom is about."""

    about: tuple[str, ...]
    uses: str


def outside_el(quads: Iterable[ox.Quad]) -> list[Violation]:
    """Every use of something that OWL 2 EL does not have, in the order of the file; none for an ontology in it."""
    return list(dict.fromkeys(_Check(list(quads)).violations()))


class _Check:
    def __init__(self, quads: list[ox.Quad]) -> None:
        self.quads = quads
        self.below: dict[object, list[ox.Quad]] = {}
        self.above: dict[object, list[object]] = {}
        self.kinds: dict[str, set[object]] = {}
        for quad in quads:
            if isinstance(quad.object, ox.BlankNode):
                self.above.setdefault(quad.object, []).append(quad.subject)
            if isinstance(quad.subject, ox.BlankNode):
                self.below.setdefault(quad.subject, []).append(quad)
            elif quad.predicate.value == _RDF + "type" and isinstance(quad.object, ox.NamedNode):
                self.kinds.setdefault(quad.object.value, set()).add(quad.subject)
        self.data = self.kinds.get(_OWL + "DatatypeProperty", set())

    def violations(self) -> Iterator[Violation]:
        for quad in self.quads:
            predicate = quad.predicate.value
            if use := self._use(quad, predicate):
                yield Violation(self._about(quad.subject), use)
        yield from self._ranges_that_chains_evade()

    def _use(self, quad: ox.Quad, predicate: str) -> str | None:
        value = quad.object
        if predicate == _RDF + "type" and isinstance(value, ox.NamedNode):
            functional = value.value == _OWL + "FunctionalProperty" and quad.subject not in self.data
            return "a functional object property" if functional else _FORBIDDEN_TYPES.get(value.value)
        if predicate == _OWL + "oneOf" and len(self._list(value)) > 1:
            return "an enumeration of several things (oneOf)"
        return _FORBIDDEN.get(predicate) or self._datatype(quad, predicate)

    def _datatype(self, quad: ox.Quad, predicate: str) -> str | None:
        value, iri = quad.object, ""
        if isinstance(value, ox.Literal) and (predicate in _TAKE_VALUES or quad.predicate in self.data):
            iri = value.datatype.value
        elif isinstance(value, ox.NamedNode) and predicate.startswith((_OWL, _RDFS)):
            iri = value.value
        return f"the datatype {compact(iri)}" if iri.startswith(_XSD) and iri not in _DATATYPES else None

    def _ranges_that_chains_evade(self) -> Iterator[Violation]:
        """Section 2.2.6: what a chain leads to must be in the range by its last link too."""
        told: dict[str, dict[object, set[object]]] = {_RANGE: {}, _WIDER: {}}
        chains: list[tuple[ox.NamedNode, list[object]]] = []
        for quad in self.quads:
            if quad.predicate.value in told:
                told[quad.predicate.value].setdefault(quad.subject, set()).add(quad.object)
            elif quad.predicate.value == _CHAIN and isinstance(quad.subject, ox.NamedNode):
                chains.append((quad.subject, self._list(quad.object)))

        def ranges(role: object) -> set[object]:
            wider = [role]
            for one in wider:
                wider += [other for other in told[_WIDER].get(one, ()) if other not in wider]
            return {bound for one in wider for bound in told[_RANGE].get(one, ())}

        for role, chain in chains:
            if chain and not ranges(role) <= ranges(chain[-1]):
                yield Violation((role.value,), "a range that the last link of its chain does not have")

    def _list(self, node: object) -> list[object]:
        cells: dict[object, object] = {}
        while node not in cells and (cell := {quad.predicate.value: quad.object for quad in self.below.get(node, ())}):
            cells[node] = cell.get(_FIRST)
            node = cell.get(_REST)
        return list(cells.values())

    def _about(self, node: object) -> tuple[str, ...]:
        """The named things whose axiom the node is part of; of an axiom without one, those that it speaks of."""
        named, tops, pending, seen = set[str](), list[object](), [node], set[object]()
        while pending:
            part = pending.pop()
            if isinstance(part, ox.NamedNode):
                named.add(part.value)
            elif part not in seen:
                seen.add(part)
                pending += self.above.get(part, ())
                tops += [] if part in self.above else [part]
        return tuple(sorted(named or {name for top in tops for name in self._spoken_of(top)}))

    def _spoken_of(self, node: object) -> set[str]:
        named, pending = set[str](), [node]
        while pending:
            for quad in self.below.get(pending.pop(), ()):
                if isinstance(quad.object, ox.BlankNode):
                    pending.append(quad.object)
                elif isinstance(quad.object, ox.NamedNode) and not quad.object.value.startswith((_OWL, _RDF, _RDFS)):
                    named.add(quad.object.value)
        return named
