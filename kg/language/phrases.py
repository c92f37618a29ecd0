"""Tables of phrases, and finding them in folded text: whole words, the longest from the left."""

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import ahocorasick_rs

from kg.errors import InputError
from kg.language.folding import Folded, fold

Value = TypeVar("Value")

_CHOICE = re.compile(r"\(([^()]*)\)")


def expand(phrase: str) -> Iterator[str]:
    """The phrases that a pattern stands for: `(no|any) sign(s|) of` stands for four."""
    pieces = _CHOICE.split(phrase)  # choices at the odd places
    for chosen in itertools.product(*(p.split("|") if n % 2 else [p] for n, p in enumerate(pieces))):
        yield " ".join("".join(chosen).split())


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table of phrases; lines that begin with # are notes. Raises InputError where cells are missing."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            if None in row or None in row.values():
                raise InputError(f"{path}: row {number} ({next(iter(row.values()))!r}) has another number of cells")
            yield {str(name): cell for name, cell in row.items()}


class Phrases(Generic[Value]):
    """Phrases with what they stand for, folded, or with `as_they_are` found letter by letter."""

    def __init__(self, values: Mapping[str, Value], as_they_are: bool = False) -> None:
        self._values = dict(values) if as_they_are else {fold(phrase).text: value for phrase, value in values.items()}

    @cached_property
    def _patterns(self) -> list[str]:
        return sorted(self._values)

    @cached_property
    def _entries(self) -> list[tuple[bool, bool, Value]]:
        """For each pattern whether it begins and ends with a letter or digit, beside which no other may stand."""
        return [(name[0].isalnum(), name[-1].isalnum(), self._values[name]) for name in self._patterns]

    @cached_property
    def _automaton(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick(self._patterns)

    def find(self, folded: Folded) -> list[tuple[int, int, Value]]:
        """Start and end in the original text, and value, of the phrases of a text in order, none overlapping."""
        text, entries = folded.text, self._entries
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not matches:
            return []
        last = len(text)
        longest: dict[int, tuple[int, int]] = {}  # by start; matches come in the order of their ends
        for number, start, end in matches:
            before, after, _ = entries[number]
            if before and start and text[start - 1].isalnum():
                continue
            if not (after and end < last and text[end].isalnum()):
                longest[start] = end, number
        phrases = []
        done = 0
        for start in sorted(longest):
            if start >= done:
                done, number = longest[start]
                phrases.append((start, done, entries[number][2]))
        if not folded.starts:
            return phrases
        return [(folded.origin(start), folded.origin(end), value) for start, end, value in phrases]
