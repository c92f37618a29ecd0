"""What is drawn by chance: independent of disease where it should be, bound to the ontology where it should be."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable

import pytest

from kg.atlas.appearance import load_appearance
from kg.atlas.repertoire import Repertoire, load_population
from kg.atlas.scene import Scene, draw_scenes
from kg.ontology import Ontology

SIGNIFICANCE = 1e-3


def chi_square_p(pairs: Iterable[tuple[Hashable, Hashable]]) -> float:
    """P-value of independence, by the cube-root normal approximation (Wilson & Hilferty, PNAS 1931)."""
    counts = Counter(pairs)
    rows, columns = Counter[Hashable](), Counter[Hashable]()
    for (row, column), count in counts.items():
        rows[row] += count
        columns[column] += count
    total = counts.total()
    statistic = 0.0
    for row, in_row in rows.items():
        for column, in_column in columns.items():
            expected = in_row * in_column / total
            statistic += (counts[row, column] - expected) ** 2 / expected
    freedom = (len(rows) - 1) * (len(columns) - 1)
    deviate = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return 0.5 * math.erfc(deviate / math.sqrt(2))


def first_of_each_patient(scenes: list[Scene]) -> list[Scene]:
    return list({scene.patient.number: scene for scene in reversed(scenes)}.values())


def test_the_chi_square_sees_dependence() -> None:
    assert chi_square_p([(i % 2, i % 2 if i % 5 else 0) for i in range(400)]) < SIGNIFICANCE
    assert chi_square_p([(i % 2, i // 2 % 2) for i in range(400)]) > 0.5


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(lambda scene: scene.patient.fitzpatrick, id="fitzpatrick"),
        pytest.param(lambda scene: scene.patient.monk, id="monk"),
        pytest.param(lambda scene: scene.patient.sex, id="sex"),
        pytest.param(lambda scene: scene.patient.age // 20, id="age"),
        pytest.param(lambda scene: tuple(t.present for t in scene.patient.history[:1]), id="history"),
        *(
            pytest.param(lambda scene, label=label: label in scene.artifacts, id=label)
            for label in load_population()["artifact"]
        ),
    ],
)  # fmt: skip
def test_it_is_independent_of_disease(scenes: list[Scene], drawn: Callable[[Scene], Hashable]) -> None:
    patients = first_of_each_patient(scenes)

    assert len(patients) > 1800
    assert chi_square_p((scene.condition.group, drawn(scene)) for scene in patients) > SIGNIFICANCE


def test_artifacts_do_not_tell_a_dermatoscope(scenes: list[Scene]) -> None:
    patients = first_of_each_patient(scenes)

    assert (
        chi_square_p((scene.modality, scene.artifacts) for scene in patients if len(scene.artifacts) < 2) > SIGNIFICANCE
    )


def test_every_tone_of_both_scales_is_drawn(scenes: list[Scene]) -> None:
    population = load_population()

    assert {scene.patient.fitzpatrick for scene in scenes} == population["fitzpatrick"].keys()
    assert {scene.patient.monk for scene in scenes} == population["monk"].keys()


def test_the_scales_overlap_and_neither_follows_from_the_other(scenes: list[Scene]) -> None:
    monk_of, fitzpatrick_of = defaultdict(set), defaultdict(set)
    for scene in scenes:
        monk_of[scene.patient.fitzpatrick].add(scene.patient.monk)
        fitzpatrick_of[scene.patient.monk].add(scene.patient.fitzpatrick)

    assert all(len(tones) >= 3 for tones in monk_of.values())
    assert any(len(types) >= 2 for types in fitzpatrick_of.values())


def test_findings_are_the_ontologys_for_the_condition(ontology: Ontology, scenes: list[Scene]) -> None:
    known = {
        condition: {k.term.label for k in ontology.knowledge(condition)}
        for condition in {scene.condition.curie for scene in scenes}
    }

    for scene in scenes:
        assert scene.findings
        assert set(scene.findings) <= known[scene.condition.curie]


def test_findings_come_as_often_as_the_ontology_says(scenes: list[Scene], repertoire: Repertoire) -> None:
    """Of surfaces that nothing else depends on: each is met with the probability of its frequency."""
    appearance = load_appearance()
    seen = defaultdict(list)
    for scene in first_of_each_patient(scenes):
        for name, chance in scene.condition.at(appearance, scene.place.drawn).items():
            slots = appearance.findings[name].options.keys() & {"number", "layout", "zone", "border"}
            plain = appearance.findings[name].aspect == "surface" and not appearance.findings[name].carries
            if plain and not slots and not scene.dermoscopic:
                seen[chance].append(name in scene.findings)

    for chance, found in seen.items():
        margin = 4 * math.sqrt(chance * (1 - chance) / len(found))
        assert sum(found) / len(found) == pytest.approx(chance, abs=margin + 1e-9)


def test_a_patient_stays_the_same_person(scenes: list[Scene]) -> None:
    persons = defaultdict(set)
    for scene in scenes:
        persons[scene.patient.number].add(scene.patient)

    assert all(len(same) == 1 for same in persons.values())
    assert {1, 2, 3, 4} == set(Counter(Counter(scene.patient.number for scene in scenes[:-4]).values()))


def test_a_lesion_stays_the_same_lesion(scenes: list[Scene]) -> None:
    lesions = defaultdict(set)
    for scene in scenes:
        lesions[scene.lesion_key, scene.dermoscopic].add((scene.condition.curie, scene.place, scene.findings))

    assert all(len(same) == 1 for same in lesions.values())
    assert len(lesions) < len(scenes)


def test_a_symptom_is_not_both_told_and_denied(scenes: list[Scene]) -> None:
    assert not any(set(scene.symptoms) & set(scene.denied) for scene in scenes)
    assert any(scene.symptoms for scene in scenes)
    assert any(scene.denied for scene in scenes)


def test_a_scene_does_not_depend_on_how_many_there_are(repertoire: Repertoire) -> None:
    few, many = list(draw_scenes(repertoire, 40, 3)), list(draw_scenes(repertoire, 90, 3))

    assert many[:40] == few


def test_seeds_differ(repertoire: Repertoire) -> None:
    one, other = list(draw_scenes(repertoire, 40, 3)), list(draw_scenes(repertoire, 40, 4))

    assert one != other


def test_conditions_come_equally_often(scenes: list[Scene], repertoire: Repertoire) -> None:
    counts = Counter(scene.condition.curie for scene in first_of_each_patient(scenes))

    assert counts.keys() == {condition.curie for condition in repertoire.conditions}
    assert max(counts.values()) - min(counts.values()) <= 1
