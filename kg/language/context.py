"""Negation, doubt and history around the terms of a text, after NegEx and ConText.

Chapman et al., J Biomed Inform 34:301 (2001); Harkema et al., J Biomed Inform 42:839 (2009). Their cues are
`cues.tsv`. Beyond the two, a cue's reach is not a fixed window alone: from the nearest term on it goes through a
coordinated list (*no scale, crust or erosion*) and not past a comma that only adds the next remark.
"""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from kg.language.folding import Folded, fold

_NEAR = 6  # words between a cue and the first term that it reaches
_BETWEEN = 3  # words between two terms of one list
_SENTENCE = re.compile(r"[.!;]+(?=\s|$)|\?+(?=\s|$)|\n+")
_WORD = re.compile(r"\w+")
_CONJUNCTION = re.compile(r"\b(or|nor|and)\b|[/&]")
_QUERY_BEFORE = re.compile(r"(?<![\w?])\?+\s?(?=\w)")
_QUERY_AFTER = re.compile(r"(?<=\w)\s?\?")


class Cue(NamedTuple):
    """A word that changes what terms near it mean, at characters `start` to `end`."""

    start: int
    end: int
    says: str  # absent, uncertain, history, family, hypothetical, stop, mask
    reach: str  # after, before, or nothing


class Context:
    """The cues of a language. `cues` finds them, `judge` says for each term of a text what they make of it."""

    def __init__(self, path: Path | None = None) -> None:
        path = path or Path(__file__).parent / "cues.tsv"
        self._cues: dict[str, list[tuple[str, str]]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            lines = (line for line in file if not line.startswith("#"))
            for row in csv.DictReader(lines, delimiter="\t"):
                self._cues.setdefault(fold(row["cue"]).text, []).append((row["says"], row["reach"] or ""))

    @cached_property
    def _patterns(self) -> list[str]:
        return sorted(self._cues)

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick(self._patterns)

    def cues(self, text: str, folded: Folded) -> list[Cue]:
        """The cues of a text in order, the longest from the left, and its question marks, which cast doubt."""
        found = []
        for number, start, end in self._automaton.find_matches_as_indexes(folded.text, overlapping=True):
            whole = folded.text[start - 1 : start].isalnum() or folded.text[end : end + 1].isalnum()
            if not whole:
                found.append((folded.origin(start), folded.origin(end - 1) + 1, self._patterns[number]))
        found.sort(key=lambda each: (each[0], -each[1]))
        cues: list[Cue] = []
        done = 0
        for start, end, pattern in found:
            if start >= done:
                cues += [Cue(start, end, says, reach) for says, reach in self._cues[pattern]]
                done = end
        if "?" in text:
            cues += [Cue(*match.span(), "uncertain", "after") for match in _QUERY_BEFORE.finditer(text)]
            cues += [Cue(*match.span(), "uncertain", "before") for match in _QUERY_AFTER.finditer(text)]
        return cues

    def judge(self, text: str, cues: Sequence[Cue], spans: Sequence[tuple[int, int]]) -> list[frozenset[str]]:
        """What the cues say of each span, in the order of the text; an empty set where the term is simply present.

        A mask that covers a span says *mask*. A cue inside a longer span is part of its name and says nothing.
        """
        said: list[set[str]] = [set() for _ in spans]
        ends = [match.start() for match in _SENTENCE.finditer(text)]
        for cue in cues:
            if cue.says == "mask":
                for number, (start, end) in enumerate(spans):
                    if cue.start <= start and end <= cue.end:
                        said[number].add("mask")
            elif cue.reach and not any(start <= cue.start and cue.end <= end for start, end in spans):
                sentence = bisect_right(ends, cue.start)
                low = ends[sentence - 1] if sentence else 0
                high = ends[sentence] if sentence < len(ends) else len(text)
                for number in _reached(text, cue, cues, spans, low, high):
                    said[number].add(cue.says)
        return [frozenset(each) for each in said]


def _reached(
    text: str, cue: Cue, cues: Sequence[Cue], spans: Sequence[tuple[int, int]], low: int, high: int
) -> Iterator[int]:
    """The spans in a cue's reach, by their number."""
    stops = [other for other in cues if other.says == "stop"]
    if cue.reach == "after":
        high = min([high, *(stop.start for stop in stops if stop.start >= cue.end)])
        order = [number for number, (start, end) in enumerate(spans) if cue.end <= start and end <= high]
        gaps = [text[a:b] for a, b in _gaps(cue.end, [spans[number] for number in order])]
    else:
        low = max([low, *(stop.end for stop in stops if stop.end <= cue.start)])
        order = [number for number, (start, end) in enumerate(spans) if low <= start and end <= cue.start][::-1]
        gaps = [text[b:a] for a, b in _gaps(cue.start, [spans[number][::-1] for number in order])]
    if not gaps or not _is_near(gaps[0]):
        return
    yield order[0]
    listed = _listed(gaps[1:])
    yield from order[1 : 1 + listed]


def _gaps(place: int, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for near, far in spans:
        yield place, near
        place = far


def _is_near(gap: str) -> bool:
    return "," not in gap and len(_WORD.findall(gap)) <= _NEAR


def _listed(gaps: Sequence[str]) -> int:
    """How many more terms belong to the list: commas go on only where a conjunction follows to close it."""
    reached = 0
    for number, gap in enumerate(gaps):
        if len(_WORD.findall(gap)) > _BETWEEN:
            break
        if _CONJUNCTION.search(gap) or not gap.strip():
            reached = number + 1
        elif "," not in gap:
            break
    return reached
