"""What must hold of the ontology that the project ships (ontology/derm1m.owl)."""

from collections import Counter

import networkx as nx
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.ontology import Ontology, Term
from kg.ontology.names import normalize
from kg.rdfio import PREFIXES
from kg.reasoning import classify, classify_with_hermit, read_axioms

BUILT_IN = tuple(PREFIXES[name] for name in ("rdf", "rdfs", "owl"))


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.load()


def _named(terms: list[Term]) -> list[str]:
    return [f"{term.label} ({term.curie})" for term in terms]


def test_every_disease_term_has_a_level(ontology: Ontology) -> None:
    assert _named([term for term in ontology.terms("disease") if term.level is None]) == []


def test_only_disease_terms_have_a_level(ontology: Ontology) -> None:
    assert _named([term for term in ontology.terms() if term.level and term.kind != "disease"]) == []


def test_every_disease_term_has_exactly_one_parent_a_level_up(ontology: Ontology) -> None:
    def parents_above(term: Term) -> int:
        above = [parent for parent in ontology.parents(term) if parent.level == term.level - 1]
        roots = [parent for parent in ontology.parents(term) if parent.label == "skin condition"]
        return len(roots if term.level == 1 else above)

    assert _named([term for term in ontology.terms("disease") if parents_above(term) != 1]) == []


def test_every_other_disease_parent_is_of_the_same_level(ontology: Ontology) -> None:
    odd = [
        (term.label, parent.label)
        for term in ontology.terms("disease")
        for parent in ontology.parents(term)[1:]
        if parent.level != term.level
    ]

    assert odd == []


def test_every_disease_term_has_one_tree_ancestor_at_each_level_above_its_own(ontology: Ontology) -> None:
    odd = [
        term
        for term in ontology.terms("disease")
        if [step.level for step in ontology.path(term)] != list(range(1, term.level + 1))
    ]

    assert _named(odd) == []
    assert sum(term.is_condition for term in ontology.terms("disease")) >= 403


def test_ancestors_are_those_that_sparql_finds(ontology: Ontology) -> None:
    store = ox.Store()
    store.extend(ontology.quads)
    found = store.query(
        f"""PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX derm: <{PREFIXES["DERM"]}>
        SELECT ?below ?above WHERE {{
            ?below rdfs:subClassOf* ?above . ?above rdfs:subClassOf+ derm:0000001 . FILTER (isIRI(?below)) }}"""
    )

    ours = {(term, above) for term in ontology.terms("disease") for above in ontology.ancestors(term)}
    assert {(ontology.term(row["below"].value), ontology.term(row["above"].value)) for row in found} == ours


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_the_lowest_common_ancestor_is_the_one_of_the_tree(ontology: Ontology, data: st.DataObject) -> None:
    tree = nx.DiGraph()
    for term in ontology.terms("disease"):
        tree.add_edge(ontology.tree_parent(term) or ontology.term("skin condition"), term)
    one, other = (data.draw(st.sampled_from(ontology.terms("disease"))) for _ in range(2))

    expected = nx.lowest_common_ancestor(tree, one, other)

    assert ontology.lowest_common_ancestor(one, other) == (expected if expected.kind == "disease" else None)


def test_every_group_leads_to_a_condition(ontology: Ontology) -> None:
    assert _named([term for term in ontology.terms("disease") if term.is_group and not ontology.conditions(term)]) == []


def test_every_condition_says_its_malignancy(ontology: Ontology) -> None:
    assert _named([term for term in ontology.terms("disease") if term.is_condition and not term.malignancy]) == []


def test_a_group_says_a_malignancy_only_where_all_its_conditions_have_it(ontology: Ontology) -> None:
    covered = {"malignant or in situ": {"malignant", "in situ"}}
    groups = [term for term in ontology.terms("disease") if term.is_group and term.malignancy]

    assert ontology.term("basal cell carcinoma") in groups
    for group in groups:
        inside = {term.malignancy for term in ontology.conditions(group) if group in ontology.path(term)}
        assert inside == covered.get(str(group.malignancy), {group.malignancy}), group.label


def test_no_melanoma_is_benign_or_below_a_benign_group(ontology: Ontology) -> None:
    melanomas = [term for term in ontology.terms("disease") if term.label.endswith("melanoma")]
    melanomas += ontology.conditions("melanoma")

    assert len(melanomas) > 5
    assert {term.malignancy for term in melanomas if term.is_condition} <= {"malignant", "in situ"}
    benign = [term for term in melanomas if any("benign" in above.label.split() for above in ontology.ancestors(term))]
    assert _named(benign) == []


def test_no_two_terms_share_a_label(ontology: Ontology) -> None:
    count = Counter(normalize(term.label) for term in ontology.terms())

    assert [label for label, times in count.items() if times > 1] == []


def test_every_term_is_found_by_its_identifier_and_label(ontology: Ontology) -> None:
    for term in ontology.terms():
        assert ontology.term(term.curie) is ontology.term(term.label) is ontology.term(term.iri) is term


def test_no_exact_synonym_is_the_label_of_another_term(ontology: Ontology) -> None:
    labels = {normalize(term.label): term for term in ontology.terms()}
    clashes = [
        (term.label, synonym.text)
        for term in ontology.terms()
        for synonym in term.synonyms
        if synonym.scope == "exact" and labels.get(normalize(synonym.text), term) != term
    ]

    assert clashes == []


def test_no_term_has_a_name_that_it_excludes(ontology: Ontology) -> None:
    clashes = [
        (term.label, text)
        for term in ontology.terms()
        for text in term.excluded
        if normalize(text)
        in {normalize(name) for name in (term.label, *(s.text for s in term.synonyms if s.scope == "exact"))}
    ]

    assert clashes == []


def test_an_external_class_is_exact_to_one_term_only(ontology: Ontology) -> None:
    exact = Counter(target for term in ontology.terms() for kind, target in term.mappings if kind == "exactMatch")

    assert [target for target, times in exact.items() if times > 1] == []


def test_every_property_in_use_is_declared(ontology: Ontology) -> None:
    """OWLAPI, and so Protégé, drops the axiom annotations of an undeclared one."""
    kinds = {ox.NamedNode(PREFIXES["owl"] + kind) for kind in ("AnnotationProperty", "ObjectProperty")}
    declared = {quad.subject for quad in ontology.quads if quad.object in kinds}
    used = {quad.predicate for quad in ontology.quads if not quad.predicate.value.startswith(BUILT_IN)}

    assert used - declared == set()


def test_every_term_has_been_marked_with_a_review_status(ontology: Ontology) -> None:
    tabled = [term for term in ontology.terms() if term.kind != "other"]

    assert _named([term for term in tabled if term.review_status is None]) == []


def test_knowledge_points_at_terms_of_the_right_kind(ontology: Ontology) -> None:
    kinds = {
        "hasFinding": {"finding"},
        "hasDefiningFinding": {"finding", "symptom"},
        "hasTypicalSite": {"site"},
        "hasTypicalSymptom": {"symptom"},
        "hasLocation": {"site"},
        "hasDifferential": {"disease"},
    }
    odd = [
        (term.label, known.relation, known.term.label)
        for term in ontology.terms()
        for known in ontology.knowledge(term)
        if known.term.kind not in kinds[known.relation]
    ]

    assert odd == []


def test_a_reasoner_adds_defined_classes_only(ontology: Ontology) -> None:
    """What follows between other terms would be a hidden parent, which the asserted tree should say."""
    hidden = [
        (below.label, above.label)
        for below, above in (map(ontology.term, pair) for pair in classify(read_axioms(ontology.quads)).subsumptions)
        if above.kind not in ("defined", "other") and above not in ontology.ancestors(below)
    ]

    assert hidden == []


def test_every_defined_class_gathers_a_condition(ontology: Ontology) -> None:
    assert _named([term for term in ontology.terms("defined") if not ontology.conditions(term)]) == []


def test_hermit_and_our_classifier_agree(ontology: Ontology) -> None:
    ours = classify(read_axioms(ontology.quads))

    assert ours.consistent
    assert ours.unsatisfiable == frozenset()
    assert ours == classify_with_hermit(ontology.quads)
