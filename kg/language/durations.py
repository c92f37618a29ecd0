"""How long a complaint has lasted, as running text tells it: *for 3 months*, *2-year history*, *since last week*."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick_rs

from kg.language.folding import Folded

_OFF = 0.01  # share of a number by which *more than* and *less than* move it off a bound
_BEFORE = 60  # characters before a unit in which all that belongs to it lies
_BEHIND = 40  # characters from its beginning on


class Duration(NamedTuple):
    """A time at characters `start` to `end`, the label of its class, and the number where a plain one is given.

    `of_complaint` where the words say that it is the complaint's: *a one-year history*, unlike *17 years ago*.
    """

    start: int
    end: int
    term: str
    value: str | None
    unit: str | None
    days: float
    of_complaint: bool


class Durations:
    """The rules of `durations.toml`, or of another table in its form."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or Path(__file__).parent / "durations.toml"
        self._rules: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))

    @property
    def terms(self) -> list[str]:
        """The labels of the classes, the shortest first."""
        return [each["term"] for each in self._rules["class"]]

    def find(self, folded: Folded) -> Iterator[Duration]:
        """The durations that a text tells, in order."""
        for start, end in self._windows(folded.text):
            for match in self._pattern.finditer(folded.text, start, end):
                if match["framed"] or match["alone"] or match["after"]:
                    yield self._duration(match, folded)

    def _windows(self, text: str) -> list[tuple[int, int]]:
        """Where durations may lie: around units, what overlaps made one."""
        windows: list[tuple[int, int]] = []
        for _, unit, _ in self._stems.find_matches_as_indexes(text):
            start = max(unit - _BEFORE, 0)
            if windows and start < windows[-1][1]:
                start = windows.pop()[0]
            windows.append((start, unit + _BEHIND))
        return windows

    def _duration(self, match: re.Match[str], folded: Folded) -> Duration:
        count, spoken = self._number(match["most"] or match["least"] or match["alone"])
        unit: str = match["unit"]
        days = count * self._rules["units"][unit]
        shift = match["shift"] or ""
        if shift in self._rules["shift"]["below"]:
            days *= 1 - _OFF
        elif shift in self._rules["shift"]["above"]:
            days *= 1 + _OFF
        term = next(each["term"] for each in self._rules["class"] if days <= each["days"])
        value = None
        if spoken and not shift and not match["alone"]:
            least = self._number(match["least"])[0]
            value = f"{least:g}-{count:g}" if match["most"] else f"{count:g}"
        start = match.start("least") if match["least"] else match.start("alone")
        of_complaint = (match["after"] or "").strip() in self._rules["frame"]["of complaint"]
        place = (folded.origin(start), folded.origin(match.end("unit")))
        return Duration(*place, term, value, unit if value else None, days, of_complaint)

    def _number(self, word: str) -> tuple[float, bool]:
        """The number that a word stands for, and whether it is more than a vague one."""
        if word in self._rules["numbers"]:
            return float(self._rules["numbers"][word]), True
        vague = self._rules["vague"]
        known = next((each for each in (word, word.rpartition(" ")[2]) if each in vague), None)
        return (float(vague[known]), False) if known else (float(word), True)

    @cached_property
    def _stems(self) -> ahocorasick_rs.AhoCorasick:
        """Beginnings of units after a blank, of which one is in every text that tells a duration."""
        units = sorted(self._rules["units"], key=len)
        stems = [f" {unit}" for n, unit in enumerate(units) if not unit.startswith(tuple(units[:n]))]
        return ahocorasick_rs.AhoCorasick(stems)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        rules = self._rules
        number = rf"(?:\d{{1,3}}(?:\.\d)?|{_any([*rules['numbers'], *rules['vague']])})"
        shifts = _any([*rules["shift"]["below"], *rules["shift"]["above"]])
        frame = rules["frame"]
        quantity = (
            rf"(?:(?P<shift>{shifts}) )?(?:(?P<alone>{_any(frame['alone'])})|"
            rf"(?P<least>{number})(?:(?: ?to ?| or |(?<=\d) (?=\d))(?P<most>{number}))?) "
        )
        return re.compile(
            rf"\b(?P<framed>(?:{_any(frame['before'])})[:,]? (?:(?:{_any(rules['shift']['level'])}) )*)?{quantity}"
            rf"(?P<unit>{_any(rules['units'])})\b(?! (?:{_any(frame['never'])})\b)"
            rf"(?P<after> (?:{_any(frame['after'])})\b)?"
        )


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
