"""What is in each picture, drawn by chance before anything is rendered.

Tones, ages, history and artifacts come from the population and know nothing of disease; findings, site and symptoms
come from the condition. The randomness of a patient, a lesion and a picture each follows from the seed and its own
number, so that a picture does not depend on how many there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kg.atlas.appearance import Appearance, Aspect, load_appearance
from kg.atlas.repertoire import Condition, Place, Repertoire, load_population

_PATIENTS, _PATIENT, _LESION, _VIEW, _CAPTION = range(5)
_BLOCK = 1024
_LEAST_STRUCTURES = 2


@dataclass(frozen=True)
class Told:
    """A history factor that a patient tells or denies."""

    term: str  # label
    phrase: str
    present: bool
    value: int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Patient:
    """One person: what stays the same over all the pictures of them."""

    number: int
    fitzpatrick: str
    monk: str
    age: int
    sex: str
    history: tuple[Told, ...]

    @property
    def key(self) -> str:
        return f"P{self.number:06d}"


@dataclass(frozen=True)
class Scene:
    """What one picture shows. Terms go by label."""

    index: int
    patient: Patient
    lesion: int  # number of the lesion of this patient
    condition: Condition
    place: Place
    dermoscopic: bool
    findings: tuple[str, ...]
    symptoms: tuple[str, ...]
    denied: tuple[str, ...]
    artifacts: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.index:06d}"

    @property
    def filename(self) -> str:
        """Path of the picture below the atlas's folder."""
        return f"images/atlas/{self.key}.jpg"

    @property
    def lesion_key(self) -> str:
        return f"{self.patient.key}-L{self.lesion}"

    @property
    def modality(self) -> str:
        return "dermoscopic" if self.dermoscopic else "clinical"


def patient_rng(seed: int, patient: int) -> np.random.Generator:
    """The randomness of one patient."""
    return np.random.default_rng([seed, _PATIENT, patient])


def lesion_rng(seed: int, patient: int, lesion: int) -> np.random.Generator:
    """The randomness of one lesion: what all pictures of it share."""
    return np.random.default_rng([seed, _LESION, patient, lesion])


def view_rng(seed: int, index: int) -> np.random.Generator:
    """The randomness of one picture."""
    return np.random.default_rng([seed, _VIEW, index])


def caption_rng(seed: int, index: int) -> np.random.Generator:
    """The randomness of one picture's caption."""
    return np.random.default_rng([seed, _CAPTION, index])


def draw_scenes(repertoire: Repertoire, pairs: int, seed: int = 0) -> Iterator[Scene]:
    """The first `pairs` scenes of the seed, patient by patient."""
    index = 0
    for number, images in enumerate(_image_counts(seed)):
        for scene in _patient_scenes(repertoire, seed, number, index, images):
            if scene.index >= pairs:
                return
            yield scene
        index += images


def _image_counts(seed: int) -> Iterator[int]:
    """How many pictures each patient has, without end."""
    rng = np.random.default_rng([seed, _PATIENTS])
    shares = load_population()["patient"]["images"]
    while True:
        yield from (1 + rng.choice(len(shares), _BLOCK, p=shares)).tolist()


def _patient_scenes(repertoire: Repertoire, seed: int, number: int, first_index: int, images: int) -> Iterator[Scene]:
    population = load_population()
    rng = patient_rng(seed, number)
    patient = _draw_patient(rng, number, population)
    lesion, condition = 0, _scheduled(repertoire, seed, number)
    main = condition
    for offset in range(images):
        if offset and rng.random() > population["patient"]["same_lesion"]:
            lesion += 1
            same = rng.random() < population["patient"]["same_condition"]
            condition = main if same else repertoire.conditions[rng.integers(len(repertoire.conditions))]
        yield _draw_scene(seed, first_index + offset, patient, lesion, condition)


def _scheduled(repertoire: Repertoire, seed: int, number: int) -> Condition:
    """The condition of a patient: every condition once in each round, in an order of that round."""
    conditions = repertoire.conditions
    round_, turn = divmod(number, len(conditions))
    order = np.random.default_rng([seed, _PATIENTS, 1 + round_]).permutation(len(conditions))
    return conditions[int(order[turn])]


def _draw_patient(rng: np.random.Generator, number: int, population: Mapping[str, Any]) -> Patient:
    types = list(population["fitzpatrick"])
    fitzpatrick = types[rng.integers(len(types))]
    monk = _pick(rng, population["fitzpatrick"][fitzpatrick])
    youngest, oldest = population["patient"]["ages"]
    return Patient(
        number=number,
        fitzpatrick=fitzpatrick,
        monk=monk,
        age=int(rng.integers(youngest, oldest + 1)),
        sex=("female", "male")[rng.integers(2)],
        history=tuple(_tell_history(rng, population)),
    )


def _tell_history(rng: np.random.Generator, population: Mapping[str, Any]) -> Iterator[Told]:
    for term, factor in population["history"].items():
        chance = rng.random()
        if chance < factor["present"] + factor["absent"]:
            yield Told(term, factor["phrase"], present=chance < factor["present"])
    duration = population["duration"]
    unit = list(duration["units"])[rng.integers(len(duration["units"]))]
    low, high = duration["units"][unit]
    value = int(rng.integers(low, high + 1))
    if rng.random() < duration["probability"]:
        yield Told(duration["term"], f"{value} {unit}", present=True, value=value, unit=unit)


def _draw_scene(seed: int, index: int, patient: Patient, lesion: int, condition: Condition) -> Scene:
    appearance, population = load_appearance(), load_population()
    rng = lesion_rng(seed, patient.number, lesion)
    place = condition.places[_index(rng, [place.weight for place in condition.places])]
    clinical = _draw_findings(rng, condition.at(appearance, place.drawn), appearance)
    symptoms, denied = _draw_symptoms(rng, condition, population)
    structures = condition.structures(appearance)
    view = view_rng(seed, index)
    artifacts = tuple(label for label, kind in population["artifact"].items() if view.random() < kind["probability"])
    may_be_dermoscopic = len(structures) >= _LEAST_STRUCTURES
    dermoscopic = may_be_dermoscopic and bool(view.random() < population["patient"]["dermoscopic"])
    magnified = _draw_magnified(rng, condition, clinical, place, appearance)
    return Scene(
        index=index,
        patient=patient,
        lesion=lesion,
        condition=condition,
        place=place,
        dermoscopic=dermoscopic,
        findings=magnified if dermoscopic else clinical,
        symptoms=symptoms,
        denied=denied,
        artifacts=artifacts,
    )


def _draw_findings(rng: np.random.Generator, chances: Mapping[str, float], appearance: Appearance) -> tuple[str, ...]:
    """Each finding with its probability; then what a picture cannot do without, and no two that exclude each other."""
    looks = appearance.findings
    names = sorted(chances, key=lambda name: (-chances[name], name))
    found = [name for name in names if rng.random() < chances[name]]
    if not any(looks[name].carries for name in found):
        found.append(next(name for name in names if looks[name].carries))
    bare = not any(looks[name].aspect is Aspect.COLOUR for name in found)
    flat = not any(looks[name].carries and looks[name].shows_uncoloured for name in found)
    if bare and flat:
        found.extend([name for name in names if looks[name].aspect is Aspect.COLOUR][:1])
    return _compatible(sorted(found, key=names.index), appearance)


def _draw_magnified(
    rng: np.random.Generator, condition: Condition, clinical: tuple[str, ...], place: Place, appearance: Appearance
) -> tuple[str, ...]:
    """What a dermatoscope shows of the lesion: its structures, beside the colours and borders seen without."""
    looks = appearance.findings
    structures = condition.structures(appearance)
    names = sorted(structures, key=lambda name: (-structures[name], name))
    found = [name for name in names if rng.random() < structures[name]] or names[:1]
    kept = [name for name in clinical if looks[name].fits(place.drawn, dermoscopic=True)]
    return _compatible([*found, *kept], appearance)


def _compatible(names: list[str], appearance: Appearance) -> tuple[str, ...]:
    """The findings without those that contradict an earlier one: number, layout, zones and softness are given once."""
    taken: set[str] = set()
    kept = []
    for name in names:
        options = appearance.findings[name].options
        slots = {"number", "layout", "zone"} & options.keys()
        if options.get("number") == [1, 1] or "layout" in options:
            slots.add("alone or together")
        if "softness" in options.get("border", {}):
            slots.add("softness")
        if appearance.findings[name].aspect is not Aspect.SHAPE and slots & taken:
            continue
        if appearance.findings[name].aspect is not Aspect.SHAPE:
            taken |= slots
        kept.append(name)
    return tuple(kept)


def _draw_symptoms(
    rng: np.random.Generator, condition: Condition, population: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Symptoms that the patient has, and those that are denied."""
    asked = list(dict.fromkeys([*sorted(condition.symptoms), *population["asked"]["symptoms"]]))
    present, denied = [], []
    for symptom in asked:
        has, denies = rng.random(2)
        if has < condition.symptoms.get(symptom, 0.0):
            present.append(symptom)
        elif denies < population["asked"]["denied"]:
            denied.append(symptom)
    return tuple(present), tuple(denied)


def _pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    return list(weights)[_index(rng, list(weights.values()))]


def _index(rng: np.random.Generator, weights: list[float]) -> int:
    total = np.cumsum(weights)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
