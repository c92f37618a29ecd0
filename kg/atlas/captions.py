"""Captions: sentences from templates that say what a scene shows, in varied words and never more than it shows."""

import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from kg.atlas.appearance import Aspect, Look, load_appearance
from kg.atlas.scene import Scene, caption_rng

_FILE = Path(__file__).with_name("captions.toml")
_MOST_ADJECTIVES = 4
_ORDER = {
    Aspect.ARRANGEMENT: 0,
    Aspect.BORDER: 1,
    Aspect.SURFACE: 2,
    Aspect.STRUCTURE: 2,
    Aspect.COLOUR: 3,
    Aspect.SHAPE: 4,
}


@dataclass(frozen=True)
class Caption:
    """A caption, and which fields of the templates it tells."""

    text: str
    told: frozenset[str]


def write_caption(scene: Scene, seed: int) -> Caption:
    """The caption of a scene; the same scene and seed give the same words."""
    wording = _wording()
    rng = caption_rng(seed, scene.index)
    fields = _fields(scene, rng, wording)
    named = rng.random() < wording["said_diagnosis"]
    fitting = [
        t
        for t in wording["template"]
        if ("name" in _places(t["text"])) == named and _places(t["text"]) <= fields.keys()
    ]
    sentences = [fitting[rng.integers(len(fitting))]["text"]]
    sentences += [t["text"] for t in wording["further"] if _places(t["text"]) <= fields.keys()]
    told = frozenset().union(*(_places(sentence) for sentence in sentences))
    return Caption(" ".join(_sentence(text.format_map(fields)) for text in sentences), told)


@lru_cache(maxsize=1)
def _wording() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def _places(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _fields(scene: Scene, rng: np.random.Generator, wording: Mapping[str, Any]) -> dict[str, str]:
    """What the templates may say of the scene: what it has, and what chance lets it mention."""
    looks = [load_appearance().findings[name] for name in scene.findings]
    names = scene.condition.names
    lesion, alone = _lesion(looks, rng)
    told = [
        h.phrase if h.present else f"no {h.phrase.removeprefix('a ')}" for h in scene.patient.history if h.value is None
    ]
    possible = {
        "patient": _patient(scene, wording),
        "symptoms": _joined([_word(s, rng, wording) for s in scene.symptoms]),
        "denied": _joined([_word(s, rng, wording) for s in scene.denied], "or"),
        "history": ", ".join(told),
        "duration": next((h.phrase for h in scene.patient.history if h.value is not None), ""),
        "tone": (scene.patient.fitzpatrick, scene.patient.monk)[rng.integers(2)],
    }
    mentioned = {k: text for k, text in possible.items() if rng.random() < wording["mention"][k] and text}
    pictures = wording["picture"][scene.modality]
    return mentioned | {
        "name": names[0] if rng.random() < 0.7 else names[rng.integers(len(names))],
        "site": scene.place.label,
        "lesion": lesion,
        "are": "is" if alone else "are",
        "picture": pictures[rng.integers(len(pictures))],
    }


def _lesion(looks: Sequence[Look], rng: np.random.Generator) -> tuple[str, bool]:
    """What is seen, as a noun phrase, and whether it is one thing."""
    told = [look for look in looks if rng.random() < 0.88] or list(looks)
    numbers = [look.options["number"] for look in told if "number" in look.options]
    solitary, multiple = [1, 1] in numbers, any(number[0] > 1 for number in numbers)
    shapes = [look for look in told if look.noun]
    others = [look for look in told if not look.noun]
    adjectives = sorted((look for look in others if look.adjective), key=_adjective_order)[:_MOST_ADJECTIVES]
    features = [look.feature for look in others if look not in adjectives]
    if not shapes and not adjectives:
        return _joined(features), True
    words = [look.adjective or "" for look in adjectives]
    nouns = [look.noun or "" for look in shapes]
    alone = solitary or not (shapes or multiple)
    if alone:
        phrase = _with_article(" ".join([*words, shapes[0].label if shapes else "lesion"]))
        features = [*nouns[1:], *features]
    else:
        phrase = " ".join([*words, _joined(nouns) or "lesions"])
    return (f"{phrase} with {_joined(features)}" if features else phrase), alone


def _adjective_order(look: Look) -> tuple[bool, int]:
    """How many comes first, then how they lie, their border and surface, the colour last."""
    return "number" not in look.options, _ORDER[look.aspect]


def _patient(scene: Scene, wording: Mapping[str, Any]) -> str:
    age, sex = scene.patient.age, scene.patient.sex
    stage = [name for name, from_age in wording["stage"].items() if age >= from_age][-1]
    person = {"female": "woman", "male": "man"}[sex] if stage == "adult" else f"{sex} {stage}"
    return _with_article(f"{age}-year-old {person}")


def _word(label: str, rng: np.random.Generator, wording: Mapping[str, Any]) -> str:
    words = wording["words"].get(label, [label])
    return str(words[rng.integers(len(words))])


def _joined(words: Sequence[str], by: str = "and") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {by} {words[-1]}"


def _with_article(phrase: str) -> str:
    """The phrase after "a" or "an"; 8, 11, 18 and the eighties begin with a vowel when spoken."""
    number = phrase.partition("-")[0]
    spoken_vowel = number in {"11", "18"} or number.startswith("8")
    return f"{'an' if spoken_vowel or phrase[0].lower() in 'aeiou' else 'a'} {phrase}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
