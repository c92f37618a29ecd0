"""How findings look: the table `appearance.toml`, from a finding's label to what is drawn and said."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("appearance.toml")


class Aspect(StrEnum):
    """What a finding decides about a picture."""

    SHAPE = "shape"
    COLOUR = "colour"
    ARRANGEMENT = "arrangement"
    BORDER = "border"
    SURFACE = "surface"
    STRUCTURE = "structure"  # seen under a dermatoscope only


@dataclass(frozen=True)
class Look:
    """One finding's entry."""

    label: str
    aspect: Aspect
    on: frozenset[str]  # drawn sites that it is confined to; empty for all but the nail
    marks: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any]
    adjective: str | None
    noun: str | None  # plural
    feature: str

    @property
    def carries(self) -> bool:
        """Whether a picture can rest on this finding alone: a shape, or a change of nail, hair or mucosa."""
        return self.aspect is Aspect.SHAPE or bool(self.options.get("carries", self.on))

    @property
    def shows_uncoloured(self) -> bool:
        """Whether it can be seen without a colour: raised, sunk, marked, or of its own pigment."""
        return bool(self.marks or self.options.get("height") or self.options.get("pigment"))

    def fits(self, site: str, dermoscopic: bool = False) -> bool:
        """Whether it can be drawn at that drawn site, under a dermatoscope or not."""
        if dermoscopic:
            return self.aspect in {Aspect.STRUCTURE, Aspect.COLOUR, Aspect.BORDER}
        if self.aspect is Aspect.STRUCTURE:
            return False
        if self.on:
            return site in self.on
        return site != "nail"


@dataclass(frozen=True)
class Appearance:
    """All looks by the label of their finding."""

    findings: Mapping[str, Look]


@lru_cache(maxsize=1)
def load_appearance() -> Appearance:
    """The table that travels with the package."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Appearance({label: _look(label, entry) for label, entry in table["finding"].items()})


def _look(label: str, entry: dict[str, Any]) -> Look:
    is_colour = entry["aspect"] == Aspect.COLOUR
    rest = {k: v for k, v in entry.items() if k not in {"aspect", "on", "marks", "adjective", "noun", "feature"}}
    return Look(
        label=label,
        aspect=Aspect(entry["aspect"]),
        on=frozenset(entry.get("on", ())),
        marks=tuple(entry.get("marks", ())),
        options=rest,
        adjective=entry.get("adjective"),
        noun=entry.get("noun"),
        feature=entry.get("feature", f"{label} color" if entry.get("adjective") == label and is_colour else label),
    )
