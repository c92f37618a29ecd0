"""Text folded so that names can be compared: case, accents, hyphens, British spelling and possessives made alike."""

import re
import tomllib
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick_rs

_DASHES = {"Pd", "Pc", "Zs", "Cc", "Zl", "Zp"}
_QUOTES = "’‘ʼ`´"


class _Characters(dict[int, str]):
    """One character for each: lower case, no accent, a blank for dashes and underscores."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in "æœÆŒ":
            folded = "e"
        elif character in _QUOTES:
            folded = "'"
        elif unicodedata.category(character) in _DASHES:
            folded = " "
        else:
            folded = unicodedata.normalize("NFKD", character)[:1].lower() if code > 127 else character.lower()
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_CHARACTERS = _Characters()


class Folded(NamedTuple):
    """A folded text and the way back to the places of the original: where no shift begins, they are the same."""

    text: str
    starts: tuple[int, ...] = ()  # places in the folded text from which each of `shifts` holds
    shifts: tuple[int, ...] = ()

    def origin(self, place: int) -> int:
        """The place in the original text of a place in the folded one."""
        if not self.starts:
            return place
        at = bisect_right(self.starts, place)
        return place + (self.shifts[at - 1] if at else 0)


def fold(text: str) -> Folded:
    """The text folded. Characters are counted as Python counts them."""
    same = text.translate(_CHARACTERS)
    letters = _letters().find_matches_as_indexes(same, overlapping=True)
    if not letters:
        return Folded(same)
    pattern, replacements = _pattern(frozenset([number for number, _, _ in letters]))
    pieces: list[str] = []
    starts: list[int] = []
    shifts: list[int] = []
    done = length = shift = 0
    for match in pattern.finditer(same):
        start, end = match.span()
        new = replacements[match.lastindex or 1]
        pieces += (same[done:start], new)
        length += start - done + len(new)
        done = end
        if len(new) != end - start:
            shift += end - start - len(new)
            starts.append(length)
            shifts.append(shift)
    if not pieces:
        return Folded(same)
    pieces.append(same[done:])
    return Folded("".join(pieces), tuple(starts), tuple(shifts))


def numbers(name: str) -> set[str]:
    """A folded name in its other grammatical number, by the endings that English and Latin use; guesses included."""
    rules = _rules()["plural"]
    before, head, after = _head(name)
    found = set()
    for singular, plural in rules["endings"]:
        if head.endswith(singular):
            found.add(head[: len(head) - len(singular)] + plural)
        if head.endswith(plural) and len(head) > len(plural) + 2 and not head.endswith(tuple(rules["invariable"])):
            found.add(head[: len(head) - len(plural)] + singular)
    return {fold(before + word + after).text for word in found} - {name}


def _head(name: str) -> tuple[str, str, str]:
    """The noun that takes the plural: the last word, or the one before *of*."""
    of = re.search(r" (of|with|due to|in) ", name)
    first, after = (name[: of.start()], name[of.start() :]) if of else (name, "")
    blank = first.rfind(" ") + 1
    return first[:blank], first[blank:], after


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "spelling.toml").read_text(encoding="utf-8"))


@cache
def _spelling() -> list[tuple[str, str, str]]:
    return [(letters, pattern, replacement) for letters, pattern, replacement in _rules()["spelling"]]


@cache
def _letters() -> ahocorasick_rs.AhoCorasick:
    """The letters without which no rule of spelling applies, each by the number of its rule."""
    return ahocorasick_rs.AhoCorasick([letters for letters, _, _ in _spelling()])


@cache
def _pattern(rules: frozenset[int]) -> tuple[re.Pattern[str], list[str]]:
    """One pattern for some of the spelling rules, each a group, and what replaces each group."""
    chosen = [_spelling()[number] for number in sorted(rules)]
    return re.compile("|".join(f"({pattern})" for _, pattern, _ in chosen)), ["", *(new for _, _, new in chosen)]
