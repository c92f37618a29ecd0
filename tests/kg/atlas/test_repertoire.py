"""Which conditions the atlas draws, and that it says nothing that the ontology does not."""

from collections import Counter

import pytest

from kg.atlas.appearance import Aspect, load_appearance
from kg.atlas.artifact import ARTIFACTS
from kg.atlas.layout import LAYOUTS
from kg.atlas.mark import MARKS
from kg.atlas.repertoire import Repertoire, choose_conditions, drawable_terms, load_population
from kg.atlas.site import SITES
from kg.errors import InputError, UnknownTerm
from kg.ontology import Ontology


def test_every_drawable_finding_is_a_finding_of_the_ontology(ontology: Ontology) -> None:
    terms = drawable_terms(ontology, load_appearance())

    assert {label: (term.label, term.kind) for label, term in terms.items()} == {
        label: (label, "finding") for label in load_appearance().findings
    }


def test_everything_of_the_population_is_in_the_ontology(ontology: Ontology) -> None:
    population = load_population()
    sites = [label for labels in population["site"].values() for label in labels]
    expected = {
        "tone": [*population["fitzpatrick"], *population["monk"]],
        "artifact": list(population["artifact"]),
        "history": [*population["history"], population["duration"]["term"]],
        "symptom": population["asked"]["symptoms"],
        "site": [*sites, *population["elsewhere"]],
    }

    for kind, labels in expected.items():
        assert {ontology.term(label).kind for label in labels} == {kind}
        assert [ontology.term(label).label for label in labels] == labels


def test_what_the_data_files_name_can_be_drawn() -> None:
    population = load_population()
    looks = load_appearance().findings.values()

    assert {mark["draw"] for look in looks for mark in look.marks} <= MARKS.keys()
    assert {look.options["layout"] for look in looks if "layout" in look.options} <= LAYOUTS.keys()
    assert {site for look in looks for site in look.on} <= SITES.keys()
    assert {artifact["draw"] for artifact in population["artifact"].values()} == ARTIFACTS.keys()
    assert population["site"].keys() == SITES.keys()
    assert all(tone in population["monk"] for tones in population["fitzpatrick"].values() for tone in tones)


def test_at_least_forty_conditions_with_three_in_each_of_the_twelve_groups(
    ontology: Ontology, repertoire: Repertoire
) -> None:
    groups = {term.curie for term in ontology.terms("disease") if term.level == 1}
    drawn = Counter(condition.group for condition in repertoire.conditions)

    assert len(repertoire.conditions) >= 40
    assert len(groups) == 12
    assert drawn.keys() == groups
    assert min(drawn.values()) >= 3


def test_at_least_six_sites_are_drawn(repertoire: Repertoire) -> None:
    drawn = {place.drawn for condition in repertoire.conditions for place in condition.places}

    assert {"nail", "lip", "scalp", "palm", "face", "trunk"} <= drawn


def test_a_conditions_findings_are_the_ontologys(ontology: Ontology, repertoire: Repertoire) -> None:
    for condition in repertoire.conditions:
        known = ontology.knowledge(condition.curie)
        findings = {k.term.label for k in known if k.relation in {"hasFinding", "hasDefiningFinding"}}
        symptoms = {k.term.label for k in known if k.relation == "hasTypicalSymptom"}

        assert condition.findings.keys() <= findings
        assert condition.symptoms.keys() <= symptoms


def test_a_condition_can_rest_on_a_shape_at_each_of_its_places(repertoire: Repertoire) -> None:
    appearance = load_appearance()

    for condition in repertoire.conditions:
        for place in condition.places:
            assert any(appearance.findings[name].carries for name in condition.at(appearance, place.drawn))


def test_as_many_as_can_be_drawn_are_found(ontology: Ontology) -> None:
    chosen = choose_conditions(ontology, 90)

    assert len({condition.curie for condition in chosen.conditions}) == 90


def test_conditions_can_be_named(ontology: Ontology) -> None:
    chosen = choose_conditions(ontology, ["vitiligo", "lichen planus"])

    assert [condition.label for condition in chosen.conditions] == ["vitiligo", "lichen planus"]


def test_an_unknown_condition_is_refused_with_the_nearest(ontology: Ontology) -> None:
    with pytest.raises(UnknownTerm, match="vitiligo"):
        choose_conditions(ontology, ["vitilgo"])


def test_a_group_cannot_be_drawn(ontology: Ontology) -> None:
    group = next(term for term in ontology.terms("disease") if term.level == 1)

    with pytest.raises(InputError, match="cannot be drawn"):
        choose_conditions(ontology, [group.label])


@pytest.mark.parametrize(("number", "message"), [(20, "too few"), (5000, "wanted are 5000")])
def test_a_number_that_cannot_be_met_is_refused(ontology: Ontology, number: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose_conditions(ontology, number)


def test_a_dermatoscope_shows_structures_and_the_eye_does_not() -> None:
    looks = load_appearance().findings.values()

    assert not any(look.fits("trunk") for look in looks if look.aspect is Aspect.STRUCTURE)
    assert all(look.fits("trunk", dermoscopic=True) for look in looks if look.aspect is Aspect.STRUCTURE)
