"""The classes of images that samples are balanced by and splits are stratified by."""

from typing import TYPE_CHECKING

import numpy as np

from kg.errors import InputError
from kg.image_facts import ImageFacts, Lists, gather_lists
from kg.pairs import Relation

if TYPE_CHECKING:
    from kg.ontology import Ontology

CONDITION = "condition"
_LEVELS = {f"level_{number}": number for number in (1, 2, 3, 4)}


def class_names(ontology: "Ontology") -> list[str]:
    """What images can be classed by: condition, a level, or a scale of skin tones."""
    scales = sorted({term.label.split()[0].casefold() for term in ontology.terms("tone")})
    return [CONDITION, *_LEVELS, *scales]


def classify(facts: ImageFacts, by: str) -> Lists:
    """The classes of each image as codes of terms: several where it has several conditions or tones.

    `by` is one of `class_names`: the most specific conditions, their ancestors at a level, or the tones of a scale.
    """
    if by == CONDITION:
        return facts.conditions
    if by in _LEVELS:
        conditions = facts.conditions
        above = facts.terms.levels(conditions.codes)[_LEVELS[by] - 1]
        known = above >= 0
        return gather_lists(conditions.rows[known], above[known], len(facts.terms), facts.count, ordered=False)
    terms = facts.terms.terms
    on_scale = np.array([term.kind == "tone" and term.label.casefold().startswith(f"{by} ") for term in terms])
    tones = facts.lists(Relation.HAS_SKIN_TONE)
    return tones.keep(on_scale[tones.codes])


def check_class(by: str, ontology: "Ontology") -> None:
    """Raise `InputError` unless images can be classed by this."""
    if by not in (known := class_names(ontology)):
        raise InputError(f"no images are classed by '{by}': choose from {', '.join(known)}")
