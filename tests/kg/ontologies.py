"""Ontologies made up by hypothesis: every form of class axiom, property axiom and annotation that an editor writes."""

import string

import pyoxigraph as ox
from hypothesis import strategies as st

from kg.rdfio import PREFIXES

BASE = "http://example.org/skin"
OWL, RDF, RDFS, XSD = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]
Statements = list[ox.Quad]

CLASSES = [f"{BASE}#C{n}" for n in range(5)] + [f"{BASE}/term/00{n}" for n in range(2)] + [f"{BASE}#naïve--term&x"]
ROLES = [f"{BASE}#r{n}" for n in range(4)]
DATA_ROLES = [f"{BASE}#d{n}" for n in range(2)]
NOTES = [f"{BASE}#n{n}" for n in range(3)] + [PREFIXES["dcterms"] + "source", PREFIXES["skos"] + "exactMatch"]
BUILT_IN_NOTES = [RDFS + "label", RDFS + "comment"]

_ALPHABET = string.ascii_letters + string.digits + " \"'<>&\n\t.,-éß中文😀"


def _say(subject: object, predicate: str, value: object) -> ox.Quad:
    return ox.Quad(subject, ox.NamedNode(predicate), value)  # type: ignore[arg-type]


def _typed(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


texts = st.text(_ALPHABET, max_size=30)
literals = st.one_of(
    st.builds(ox.Literal, texts),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), texts, st.sampled_from(["en", "zh", "en-gb", "de"])),
    st.sampled_from([_typed("07", "integer"), _typed("-12", "integer"), _typed("1.50", "decimal")]),
    st.sampled_from([_typed("true", "boolean"), _typed("2026-11-23", "date"), _typed("x:y z", "anyURI")]),
)
values = st.one_of(literals, st.sampled_from([*CLASSES, "http://example.org/a?b=1&c='2'"]).map(ox.NamedNode))
names = st.sampled_from(CLASSES).map(ox.NamedNode)
roles = st.sampled_from(ROLES).map(ox.NamedNode)
notes = st.lists(st.tuples(st.sampled_from(NOTES + BUILT_IN_NOTES), values), max_size=3, unique_by=str)


def _linked(members: "list[tuple[object, Statements]]") -> tuple[object, Statements]:
    head: object = ox.NamedNode(RDF + "nil")
    said: Statements = []
    for node, described in reversed(members):
        cell = ox.BlankNode()
        said += [*described, _say(cell, RDF + "first", node), _say(cell, RDF + "rest", head)]
        head = cell
    return head, said


def _expression(kind: str, *parts: tuple[str, tuple[object, Statements]]) -> tuple[object, Statements]:
    node = ox.BlankNode()
    said = [_say(node, RDF + "type", ox.NamedNode(OWL + kind))]
    for predicate, (value, described) in parts:
        said += [_say(node, OWL + predicate, value), *described]
    return node, said


def _bare(node: object) -> tuple[object, Statements]:
    return node, []


def _larger(inner: "st.SearchStrategy[tuple[object, Statements]]") -> "st.SearchStrategy[tuple[object, Statements]]":
    role = st.tuples(st.just("onProperty"), roles.map(_bare))
    several = st.lists(inner, min_size=2, max_size=3).map(_linked)
    count = st.integers(0, 3).map(lambda number: _bare(_typed(str(number), "nonNegativeInteger")))
    return st.one_of(
        st.builds(
            lambda on, word, filler: _expression("Restriction", on, (word, filler)),
            role,
            st.sampled_from(["someValuesFrom", "someValuesFrom", "allValuesFrom"]),
            inner,
        ),
        st.builds(
            lambda word, operands: _expression("Class", (word, operands)),
            st.sampled_from(["intersectionOf", "intersectionOf", "unionOf"]),
            several,
        ),
        inner.map(lambda operand: _expression("Class", ("complementOf", operand))),
        st.builds(
            lambda on, word, number, filler: _expression("Restriction", on, (word, number), ("onClass", filler)),
            role,
            st.sampled_from(["minQualifiedCardinality", "maxQualifiedCardinality", "qualifiedCardinality"]),
            count,
            inner,
        ),
        st.builds(
            lambda on, number: _expression("Restriction", on, ("maxCardinality", number)),
            role,
            count,
        ),
    )


named = names.map(_bare)
expressions = st.recursive(named, _larger, max_leaves=5)
nameless = _larger(named)


def _annotated(subject: object, predicate: str, value: object, remarks: list[tuple[str, object]]) -> Statements:
    said = [_say(subject, predicate, value)]
    if remarks:
        node = ox.BlankNode()
        parts = zip(("Source", "Property", "Target"), (subject, ox.NamedNode(predicate), value), strict=True)
        said.append(_say(node, RDF + "type", ox.NamedNode(OWL + "Axiom")))
        said += [_say(node, OWL + f"annotated{part}", what) for part, what in parts]
        said += [_say(node, property_, remark) for property_, remark in remarks]
    return said


@st.composite
def _class_axioms(draw: st.DrawFn, subjects: "st.SearchStrategy[tuple[object, Statements]]") -> Statements:
    subject, described = draw(subjects)
    predicate = draw(st.sampled_from([RDFS + "subClassOf", RDFS + "subClassOf", OWL + "equivalentClass"]))
    value, more = draw(expressions)
    if subject == value or (isinstance(subject, ox.BlankNode) and isinstance(value, ox.BlankNode)):
        predicate = RDFS + "subClassOf"  # the OWL API forgets that an expression is equivalent to itself
    return [*described, *more, *_annotated(subject, predicate, value, draw(notes))]


@st.composite
def _annotations(draw: st.DrawFn) -> Statements:
    subject = draw(st.sampled_from([*CLASSES, *ROLES, "http://example.org/elsewhere"]).map(ox.NamedNode))
    return _annotated(subject, draw(st.sampled_from(NOTES + BUILT_IN_NOTES)), draw(values), draw(notes))


@st.composite
def _property_axioms(draw: st.DrawFn) -> Statements:
    role, other = draw(roles), draw(roles)
    remarks = draw(notes)
    chain, cells = _linked([_bare(link) for link in draw(st.lists(roles, min_size=2, max_size=3))])
    end, described = draw(expressions)
    forms = [
        _annotated(role, RDF + "type", ox.NamedNode(OWL + "TransitiveProperty"), remarks),
        _annotated(role, RDF + "type", ox.NamedNode(OWL + "FunctionalProperty"), remarks),
        _annotated(role, RDFS + "subPropertyOf", other, remarks) if role != other else [],
        [*cells, *_annotated(role, OWL + "propertyChainAxiom", chain, remarks)],
        [*described, *_annotated(role, RDFS + "domain", end, remarks)],
        [*described, *_annotated(role, RDFS + "range", end, remarks)],
    ]
    return draw(st.sampled_from(forms))


@st.composite
def _disjointness(draw: st.DrawFn) -> Statements:
    members = draw(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=4, unique=True))
    if len(members) == 2:
        one, other = map(ox.NamedNode, members)
        return _annotated(one, OWL + "disjointWith", other, draw(notes))
    node = ox.BlankNode()
    head, cells = _linked([_bare(ox.NamedNode(member)) for member in members])
    remarks = [_say(node, property_, value) for property_, value in draw(notes)]
    return [
        _say(node, RDF + "type", ox.NamedNode(OWL + "AllDisjointClasses")),
        _say(node, OWL + "members", head),
        *cells,
        *remarks,
    ]


@st.composite
def _deprecations(draw: st.DrawFn) -> Statements:
    term = draw(names)
    replaced = ox.NamedNode(PREFIXES["IAO"] + "0100001")
    return [
        _say(term, OWL + "deprecated", _typed("true", "boolean")),
        _say(replaced, RDF + "type", ox.NamedNode(OWL + "AnnotationProperty")),
        ox.Quad(term, replaced, draw(names)),
    ]


@st.composite
def ontologies(draw: st.DrawFn) -> Statements:
    """The statements of an ontology in which every entity is declared, in any order."""
    header = ox.NamedNode(BASE)
    said = [
        _say(header, RDF + "type", ox.NamedNode(OWL + "Ontology")),
        _say(header, OWL + "versionIRI", ox.NamedNode(BASE + "/1")),
        *(_say(header, RDFS + "comment", text) for text in draw(st.lists(literals, max_size=2))),
    ]
    for kind, iris in (("Class", CLASSES), ("ObjectProperty", ROLES), ("DatatypeProperty", DATA_ROLES)):
        said += [_say(ox.NamedNode(iri), RDF + "type", ox.NamedNode(OWL + kind)) for iri in iris]
    said += [_say(ox.NamedNode(iri), RDF + "type", ox.NamedNode(OWL + "AnnotationProperty")) for iri in NOTES]
    one = st.one_of(
        _class_axioms(named),
        _class_axioms(nameless),
        _annotations(),
        _property_axioms(),
        _disjointness(),
        _deprecations(),
    )
    for part in draw(st.lists(one, max_size=14)):
        said += part
    return draw(st.permutations(list(dict.fromkeys(said)))) if len(said) < 60 else said
