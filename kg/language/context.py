"""Negation, doubt and history around the terms of a text, after NegEx and ConText.

Chapman et al., J Biomed Inform 34:301 (2001); Harkema et al., J Biomed Inform 42:839 (2009). Their cues are
`cues.tsv`. Beyond the two, a cue's reach is not a fixed window alone: from the nearest term on it goes through a
coordinated list (*no scale, crust or erosion*) and not past a comma that only adds the next remark.
"""

import csv
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import ahocorasick_rs

from kg.language.folding import Folded, fold

_NEAR = 6  # words between a cue and the first term that it reaches
_BETWEEN = 3  # words between two terms of one list
_SENTENCE = re.compile(r"[.!;?]+(?!\S)|\n")
_WORD = re.compile(r"\w+")
_CONJUNCTION = re.compile(r"\b(or|nor|and)\b|[/&]")
_QUERY_BEFORE = re.compile(r"(?<![\w?])\?+\s?(?=\w)")
_QUERY_AFTER = re.compile(r"(?<=\w)\s?\?")


class Cue(NamedTuple):
    """A word that changes what terms near it mean, at characters `start` to `end`."""

    start: int
    end: int
    says: str  # absent, uncertain, history, family, hypothetical, stop, mask
    reach: str  # after, before, next (the very next word), or nothing


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
            inside = folded.text[start - 1 : start].isalnum() or folded.text[end : end + 1].isalnum()
            if not inside:
                found.append((folded.origin(start), folded.origin(end), self._patterns[number]))
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

        A mask that covers a span says *mask*, and the term is as if it were not there. A cue inside a longer span is
        part of its name and says nothing.
        """
        said: list[set[str]] = [set() for _ in spans]
        for cue in cues:
            if cue.says == "mask":
                for number, (start, end) in enumerate(spans):
                    if cue.start <= start and end <= cue.end:
                        said[number].add("mask")
        seen = [number for number, each in enumerate(said) if not each]
        places = [spans[number] for number in seen]
        reaching = [cue for cue in cues if cue.reach]
        if not reaching or not places:
            return [frozenset(each) for each in said]
        starts = [start for start, _ in places]
        ends = list(_sentence_ends(text))
        stops = [cue for cue in cues if cue.says == "stop"]
        for cue in reaching:
            named = bisect_right(starts, cue.start) - 1
            if named < 0 or cue.end > places[named][1]:
                low, high = _clause(cue, stops, ends, len(text))
                first, last = bisect_left(starts, low), bisect_left(starts, high)
                for number in _reached(text, cue, places[first:last]):
                    said[seen[first + number]].add(cue.says)
        return [frozenset(each) for each in said]


def _sentence_ends(text: str) -> Iterator[int]:
    """Where sentences end; a question mark before a term belongs to the term."""
    for match in _SENTENCE.finditer(text):
        start = match.start()
        if text[start] != "?" or text[max(start - 2, 0) : start].rstrip()[-1:].isalnum():
            yield start


def _clause(cue: Cue, stops: Sequence[Cue], ends: Sequence[int], length: int) -> tuple[int, int]:
    """Where a cue can reach: its sentence on its side, up to the next stop."""
    sentence = bisect_left(ends, cue.start)
    if cue.reach == "before":
        low = ends[sentence - 1] if sentence else 0
        stop = bisect_right(stops, cue.start, key=lambda stop: stop.end) - 1
        return max(low, stops[stop].end if stop >= 0 else 0), cue.start
    high = ends[sentence] if sentence < len(ends) else length
    stop = bisect_left(stops, cue.end, key=lambda stop: stop.start)
    return cue.end, min(high, stops[stop].start if stop < len(stops) else length)


def _reached(text: str, cue: Cue, spans: Sequence[tuple[int, int]]) -> Sequence[int]:
    """Those of a clause's spans that are in a cue's reach, by their number."""
    order = list(range(len(spans)))
    if cue.says == "hypothetical" or not order:
        return order
    if cue.reach == "before":
        order.reverse()
        gaps = [text[b:a] for a, b in _gaps(cue.start, [spans[number][::-1] for number in order])]
    else:
        gaps = [text[a:b] for a, b in _gaps(cue.end, [spans[number] for number in order])]
    if cue.reach == "next":
        return order[:1] if not gaps[0].strip(" -") else []
    if not _is_near(gaps[0]):
        return []
    return order[: 1 + _listed(gaps[1:])]


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
