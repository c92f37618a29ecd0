"""Why something follows: justifications that entail and are minimal, what is inferred, and how it is said."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.manchester import find_labels
from kg.ontology import Ontology
from kg.reasoning import (
    NOTHING,
    THING,
    And,
    Axiom,
    DoesNotFollowError,
    Some,
    classify,
    explain,
    follows,
    inferred,
    read_axioms,
    say_axiom,
)
from kg.reasoning.explanation import (
    DisjointWith,
    Domain,
    EquivalentTo,
    Range,
    Reflexive,
    SubClassOf,
    SubPropertyOf,
    asserted,
    module,
    together,
)

TINY = Path(__file__).parent / "data" / "tiny.ttl"

_names = st.sampled_from("ABCDE")
_roles = st.sampled_from("rs")
_expressions = st.recursive(
    _names,
    lambda inner: st.one_of(
        st.frozensets(inner, min_size=2, max_size=2).map(And),
        st.builds(Some, _roles, inner),
    ),
    max_leaves=3,
)
_axioms = st.one_of(
    st.builds(SubClassOf, _expressions, _expressions),
    st.builds(SubClassOf, _names, _expressions),
    st.builds(EquivalentTo, _names, _expressions),
    st.builds(DisjointWith, _names, _names),
    st.builds(Domain, _roles, _names),
    st.builds(Range, st.just("s"), _names),
    st.sampled_from([SubPropertyOf(("r",), "s"), SubPropertyOf(("r", "r"), "r"), SubPropertyOf(("s", "s"), "r")]),
    st.just(Reflexive("r")),
)
_ontologies = st.lists(_axioms, min_size=2, max_size=9, unique=True)
_any_pace = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


def _entailed(axioms: list[Axiom]) -> list[tuple[str, str]]:
    found = classify(together(axioms))
    return sorted(found.subsumptions) + [(name, NOTHING) for name in sorted(found.unsatisfiable)]


@_any_pace
@given(_ontologies)
def test_a_justification_entails_is_asserted_and_has_nothing_to_spare(axioms: list[Axiom]) -> None:
    for sub, above in _entailed(axioms)[:4]:
        justification = explain(together(axioms), sub, above)

        assert set(justification) <= set(axioms)
        assert follows(together(justification), sub, above)
        for spare in justification:
            rest = [axiom for axiom in justification if axiom != spare]
            assert not follows(together(rest), sub, above)


@_any_pace
@given(_ontologies)
def test_following_one_by_one_is_what_classification_finds(axioms: list[Axiom]) -> None:
    whole = together(axioms)
    found = classify(whole)

    for sub in whole.classes:
        above = {name for name in whole.classes - {sub} if follows(whole, sub, name)}
        if sub in found.unsatisfiable:
            assert follows(whole, sub, NOTHING)
        else:
            assert above - found.unsatisfiable == {wide for name, wide in found.subsumptions if name == sub}


@_any_pace
@given(_ontologies)
def test_a_module_keeps_what_is_above_its_name(axioms: list[Axiom]) -> None:
    whole = together(axioms)
    for sub in whole.classes:
        part = together(module(axioms, sub))
        for above in [*whole.classes, NOTHING]:
            assert follows(part, sub, above) == follows(whole, sub, above)


@given(_ontologies)
def test_axioms_one_by_one_and_together_are_the_same(axioms: list[Axiom]) -> None:
    assert set(asserted(together(axioms))) == set(axioms)


def test_what_does_not_follow_is_not_explained() -> None:
    with pytest.raises(DoesNotFollowError):
        explain(together([SubClassOf("A", "B")]), "B", "A")


def test_a_contradiction_of_the_whole_is_explained() -> None:
    axioms = [SubClassOf(THING, "A"), SubClassOf("A", "B"), DisjointWith("A", "B"), SubClassOf("C", "D")]

    assert set(explain(together(axioms), THING, NOTHING)) == set(axioms[:3])


@pytest.mark.parametrize(
    ("axiom", "said"),
    [
        (SubClassOf("x:nail", Some("x:part", "x:toe")), "'nail unit' SubClassOf 'part of' some toe"),
        (
            EquivalentTo("x:toe", And(frozenset([Some("x:part", Some("x:part", "x:toe")), "x:nail"]))),
            "toe EquivalentTo 'nail unit' and ('part of' some ('part of' some toe))",
        ),
        (DisjointWith("x:toe", "x:nail"), "toe DisjointWith 'nail unit'"),
        (SubPropertyOf(("x:part", "x:part"), "x:part"), "Transitive 'part of'"),
        (SubPropertyOf(("x:in", "x:part"), "x:in"), "x:in o 'part of' SubPropertyOf x:in"),
        (SubPropertyOf(("x:in",), "x:part"), "x:in SubPropertyOf 'part of'"),
        (Reflexive("x:part"), "Reflexive 'part of'"),
        (Domain("x:part", "x:toe"), "'part of' Domain toe"),
        (Range("x:part", "x:toe"), "'part of' Range toe"),
        (SubClassOf("x:toe", THING), "toe SubClassOf owl:Thing"),
    ],
)
def test_axioms_are_said_in_manchester_syntax_with_labels(axiom: Axiom, said: str) -> None:
    assert say_axiom(axiom, {"x:nail": "nail unit", "x:toe": "toe", "x:part": "part of"}) == said


def test_a_site_reaches_along_its_parts() -> None:
    ontology = Ontology.load(TINY)
    known = find_labels(ontology.quads)

    because = explain(
        read_axioms(ontology.quads), ontology.term("nail psoriasis").iri, ontology.term("disorder of foot").iri
    )

    assert {say_axiom(axiom, known) for axiom in because} >= {
        "'nail psoriasis' SubClassOf 'disease has location' some toenail",
        "toenail SubClassOf 'part of' some toe",
        "toe SubClassOf 'part of' some foot",
        "'disease has location' o 'part of' SubPropertyOf 'disease has location'",
        "'disorder of foot' EquivalentTo 'skin condition' and ('disease has location' some foot)",
    }


def test_only_what_is_not_written_down_is_inferred_and_only_the_nearest() -> None:
    ontology = Ontology.load(TINY)
    axioms = read_axioms(ontology.quads)

    pairs = inferred(axioms, classify(axioms))

    assert {tuple(ontology.term(iri).label for iri in pair) for pair in pairs} == {
        ("nail psoriasis", "disorder of foot"),
        ("nevi", "melanocytic neoplasm"),
        ("subungual melanoma", "melanocytic neoplasm of foot"),
    }


WORKED = [
    ("subungual melanoma", "disorder of nail unit", "'subungual melanoma' SubClassOf 'disease has location' some"),
    ("subungual melanoma", "melanocytic neoplasm", "SubClassOf 'has cell of origin' some melanocyte"),
    ("nodular melanoma", "malignant skin neoplasm", "SubClassOf 'has malignancy' some malignant"),
    ("nodular melanoma", "melanoma", "'nodular melanoma' SubClassOf"),
    ("lip licker's dermatitis", "disorder of face", "'perioral region' SubClassOf 'part of' some face"),
    ("steroid acne", "drug-induced skin condition", "'acneiform drug eruption' SubClassOf 'has cause' some drug"),
    ("tinea pedis", "skin condition caused by an infectious agent", "fungus SubClassOf 'infectious agent'"),
    ("epidermolysis bullosa simplex", "blistering disorder", "SubClassOf 'has defining finding' some blister"),
    ("ink-spot lentigo", "photodistributed skin condition", "'solar lentigo' SubClassOf 'has defining finding' some"),
]


@pytest.mark.parametrize(("sub", "above", "axiom"), WORKED)
def test_memberships_of_the_ontology_are_explained(ontology: Ontology, sub: str, above: str, axiom: str) -> None:
    known = find_labels(ontology.quads)

    justification = explain(read_axioms(ontology.quads), ontology.term(sub).iri, ontology.term(above).iri)

    said = [say_axiom(one, known) for one in justification]
    assert any(axiom in line for line in said), said
    assert follows(together(justification), ontology.term(sub).iri, ontology.term(above).iri)
