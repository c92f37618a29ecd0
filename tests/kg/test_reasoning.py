"""What follows from the axioms: our EL classifier against worked cases, HermiT, and generated ontologies."""

import tomllib
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kg.ontology import Ontology
from kg.rdfio import PREFIXES
from kg.reasoning import Classification, OutsideProfileError, classify, classify_with_hermit, read_axioms

DATA = Path(__file__).parent / "data"
CASES = tomllib.loads((DATA / "entailments.toml").read_text(encoding="utf-8"))["case"]
NAMESPACE = "http://example.org/"
RESTRICTION = "a owl:Restriction ; owl:onProperty :r"


def _quads(axioms: str, namespaces: tuple[str, ...] = (NAMESPACE,)) -> list[ox.Quad]:
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> ." for name in ("owl", "rdf", "rdfs"))
    declared = ""
    for space in namespaces:
        declared += "".join(f"<{space}{name}> a owl:Class ." for name in "ABCDEF")
        declared += "".join(f"<{space}{name}> a owl:ObjectProperty ." for name in "rst")
    text = f"{prefixes}@prefix : <{NAMESPACE}> . <{NAMESPACE}> a owl:Ontology .{declared}{axioms}"
    return list(ox.parse(input=text, format=ox.RdfFormat.TURTLE))


def _expected(case: dict, space: str = NAMESPACE) -> Classification:
    pairs = (pair.split() for pair in case["follows"])
    return Classification(
        consistent=True,
        unsatisfiable=frozenset(space + name for name in case.get("unsatisfiable", ())),
        subsumptions=frozenset((space + sub, space + above) for sub, above in pairs),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_exactly_what_is_worked_out_by_hand_follows(case: dict) -> None:
    assert classify(read_axioms(_quads(case["axioms"]))) == _expected(case)


@pytest.mark.parametrize("everything", [True, False], ids=["of everything", "of some"])
def test_hermit_agrees_with_what_is_worked_out_by_hand(everything: bool) -> None:
    """The cases share one start of HermiT, each in its own namespace, but for those that speak of owl:Thing."""
    cases = [case for case in CASES if ("owl:Thing rdfs" in case["axioms"]) == everything]
    spaces = tuple(f"{NAMESPACE}{number}/" for number in range(len(cases)))
    axioms = "".join(f"@prefix : <{space}> . {case['axioms']}" for space, case in zip(spaces, cases, strict=True))

    found = classify_with_hermit(_quads(axioms, spaces))

    expected = [_expected(case, space) for space, case in zip(spaces, cases, strict=True)]
    assert found.consistent
    assert found.unsatisfiable == frozenset().union(*(case.unsatisfiable for case in expected))
    assert found.subsumptions == frozenset().union(*(case.subsumptions for case in expected))


def test_both_reasoners_see_an_inconsistent_ontology() -> None:
    quads = _quads("owl:Thing rdfs:subClassOf :A , :B . :A owl:disjointWith :B .")

    ours, hermits = classify(read_axioms(quads)), classify_with_hermit(quads)

    assert not ours.consistent
    assert ours == hermits


def test_both_reasoners_give_the_same_hierarchy_of_the_small_ontology() -> None:
    quads = Ontology.load(DATA / "tiny.ttl").quads

    assert classify(read_axioms(quads)) == classify_with_hermit(quads)


@pytest.mark.parametrize(
    ("axiom", "named"),
    [
        (":A rdfs:subClassOf [ owl:unionOf ( :B :C ) ] .", "owl:unionOf"),
        (":A rdfs:subClassOf [ owl:complementOf :B ] .", "owl:complementOf"),
        (f":A rdfs:subClassOf [ {RESTRICTION} ; owl:allValuesFrom :B ] .", "owl:allValuesFrom"),
        (f":A rdfs:subClassOf [ {RESTRICTION} ; owl:maxCardinality 1 ] .", "owl:maxCardinality"),
        (f":A rdfs:subClassOf [ {RESTRICTION} ; owl:hasSelf true ] .", "owl:hasSelf"),
        (":A owl:unionOf ( :B :C ) .", "owl:unionOf"),
        (":A owl:disjointUnionOf ( :B :C ) .", "owl:disjointUnionOf"),
        (":r owl:inverseOf :s .", "owl:inverseOf"),
        (":r a owl:FunctionalProperty .", "owl:FunctionalProperty"),
        (":r a owl:SymmetricProperty .", "owl:SymmetricProperty"),
        (":r rdfs:subPropertyOf [ owl:inverseOf :s ] .", "inverse or anonymous property"),
        (":d a owl:DatatypeProperty . :d rdfs:domain :A .", "the data property"),
        (":x a :A .", "not covered as a type"),
        (":x :r :y .", "an individual"),
        ("<http://example.org/> owl:imports <http://example.org/other> .", "not followed"),
        (":A rdfs:subClassOf [ a owl:Class ; owl:intersectionOf ( :B [ owl:oneOf ( :x ) ] ) ] .", "owl:oneOf"),
        (":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :q ; owl:someValuesFrom :B ] .", "not declared"),
        (":t owl:propertyChainAxiom ( :r :s ) ; rdfs:range :A .", "last link of its chain"),
    ],
)
def test_an_axiom_outside_the_profile_is_refused_not_ignored(axiom: str, named: str) -> None:
    with pytest.raises(OutsideProfileError, match=named) as refusal:
        classify(read_axioms(_quads(axiom)))

    assert refusal.value.axioms


def test_annotations_carry_no_logic() -> None:
    quads = _quads(
        ":note a owl:AnnotationProperty ; rdfs:domain :A ; rdfs:range :B ; rdfs:subPropertyOf rdfs:comment ."
        ':A :note :B ; rdfs:label "a" .'
    )

    assert classify(read_axioms(quads)).subsumptions == frozenset()


_NAMES = st.sampled_from("ABCDEF")
_ROLES = st.sampled_from("rst")
_EXPRESSIONS = st.recursive(
    _NAMES.map(lambda name: f"§{name}>"),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"[ a owl:Class ; owl:intersectionOf ( {two[0]} {two[1]} ) ]"),
        st.tuples(_ROLES, inner).map(
            lambda some: f"[ a owl:Restriction ; owl:onProperty §{some[0]}> ; owl:someValuesFrom {some[1]} ]"
        ),
    ),
    max_leaves=4,
)
_CLASS_AXIOMS = st.one_of(
    st.tuples(_EXPRESSIONS, _EXPRESSIONS).map(lambda pair: f"{pair[0]} rdfs:subClassOf {pair[1]} ."),
    st.tuples(_NAMES, _EXPRESSIONS).map(lambda pair: f"§{pair[0]}> owl:equivalentClass {pair[1]} ."),
    st.lists(_NAMES, min_size=2, max_size=2, unique=True).map(
        lambda pair: f"§{pair[0]}> owl:disjointWith §{pair[1]}> ."
    ),
    st.tuples(_ROLES, _NAMES).map(lambda pair: f"§{pair[0]}> rdfs:domain §{pair[1]}> ."),
    _NAMES.map(lambda name: f"§t> rdfs:range §{name}> ."),
)
_ROLE_AXIOMS = st.sampled_from(  # any choice of these keeps the property hierarchy regular, as OWL 2 DL asks
    [
        "§r> a owl:TransitiveProperty .",
        "§s> a owl:TransitiveProperty .",
        "§r> rdfs:subPropertyOf §s> .",
        "§s> owl:propertyChainAxiom ( §r> §s> ) .",
        "§s> owl:propertyChainAxiom ( §s> §r> ) .",
        "§r> owl:propertyChainAxiom ( §t> §t> ) .",
    ]
)
_ONTOLOGIES = st.tuples(
    st.lists(_CLASS_AXIOMS, min_size=3, max_size=9), st.lists(_ROLE_AXIOMS, max_size=3, unique=True)
).map(lambda parts: " ".join([*parts[0], *parts[1]]))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_ONTOLOGIES, min_size=8, max_size=16))
def test_both_reasoners_agree_on_generated_ontologies(ontologies: list[str]) -> None:
    """Many small ontologies, each in its own namespace, share one start of HermiT."""
    spaces = tuple(f"{NAMESPACE}{number}/" for number in range(len(ontologies)))
    axioms = " ".join(text.replace("§", f"<{space}") for text, space in zip(ontologies, spaces, strict=True))
    quads = _quads(axioms, spaces)

    assert classify(read_axioms(quads)) == classify_with_hermit(quads)
