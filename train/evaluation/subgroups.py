"""Groups of images by skin tone. Which tones make a group is said in `skin_tone.toml`."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.ontology import Ontology

FEW = 30
"""A cell with fewer images than this is marked: its value is not to be relied on."""

UNKNOWN = "unknown"
DISAGREE = "annotators disagree"


def tone_groups(ontology: "Ontology") -> dict[str, dict[str, str]]:
    """For each scale, CURIE of a tone → name of its group. Raises `UnknownTerm` for a tone that the ontology lacks."""
    scales = tomllib.loads((Path(__file__).parent / "skin_tone.toml").read_text(encoding="utf-8"))
    return {
        scale: {ontology.term(tone).curie: group for group, tones in groups.items() for tone in tones}
        for scale, groups in scales.items()
    }


def group_by_tone(tones: Sequence[Sequence[str]], groups: dict[str, str]) -> list[str]:
    """The group of each image [n] from its tones' CURIEs: one of the scale's groups, `UNKNOWN` or `DISAGREE`."""
    named = []
    for curies in tones:
        found = {groups[curie] for curie in curies if curie in groups}
        named.append(found.pop() if len(found) == 1 else DISAGREE if found else UNKNOWN)
    return named
