"""What the columns of an unknown table are likely to say, from their names and from what their cells link to."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from kg.linking import KINDS, is_unsure, lexicons, link, link_as_it_stands
from kg.ontology import Ontology
from kg.sources.folder import split_extension
from kg.sources.literals import read_list, read_weights
from kg.sources.values import fold

SURE, LIKELY = 0.6, 0.2  # share of the rows that must link
_SEPARATORS = ";|,/"
_ANSWERED = ("finding", "history", "site", "condition")  # what a column that says yes or no is likely to stand for
_LONG = 5  # words of a running text, on average
_SHOWN = 8  # labels that are listed of those that do not link
_LONGEST_AGE = 120


@dataclass(frozen=True)
class Column:
    """A column's distinct cells with the rows that have each, empty ones and placeholders apart."""

    name: str
    cells: Mapping[str, int]
    rows: int
    placeholders: tuple[str, ...] = ()

    @property
    def told(self) -> int:
        return sum(self.cells.values())


@dataclass(frozen=True)
class Guess:
    """What a column may be for: an entry of [image], `caption`, a kind of fact, or `""` where nothing fits.

    Of a fact, `share` is the part of its rows that link, `unlinked` the most frequent names that do not, and `unsure`
    those that link by a rule that is often wrong, with what they link to.
    """

    column: str
    use: str
    share: float = 1.0
    unlinked: tuple[tuple[str, int], ...] = ()
    unsure: tuple[tuple[str, int, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    several: str | None = None  # a cell that has the separator
    cells: str | None = None
    answers: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # cells that say yes, and that say no
    suggestions: Mapping[str, str] = field(default_factory=dict)  # names that look like the unlinked cells

    @property
    def is_fact(self) -> bool:
        return self.use in KINDS

    @property
    def is_sure(self) -> bool:
        return not self.is_fact or self.share >= SURE


class Guesser:
    """Guesses columns one after another."""

    def __init__(self, ontology: Ontology) -> None:
        self._lexicons = {role: lexicons(ontology, role) for role in KINDS}

    def guess(self, column: Column) -> Guess:
        """The likeliest use of a column."""
        words = _words(column.name)
        if not column.cells:
            return Guess(column.name, "")
        return (
            _record(column, words)
            or self._answer(column)
            or self._cells(column, words)
            or _caption(column)
            or Guess(column.name, "")
        )

    def _answer(self, column: Column) -> Guess | None:
        """A column whose cells say yes or no: of a fact where its name is a term, else of nothing."""
        cells = {fold(cell) for cell in column.cells}
        for answer in guesses()["answers"]:
            if cells <= {*answer["present"], *answer["absent"]} and cells & set(answer["present"]):
                answers = tuple(answer["present"]), tuple(answer["absent"])
                named = (role for role in _ANSWERED if link(column.name, self._lexicons[role]))
                return Guess(column.name, next(named, ""), answers=answers)
        return None

    def _cells(self, column: Column, words: set[str]) -> Guess | None:
        """A column whose cells name terms, alone or several together."""
        hinted = [kind for kind, names in guesses()["kinds"].items() if words & set(names)]
        found = [self._tone(column)] if "tone" in hinted else []
        for role in dict.fromkeys([*hinted, *KINDS]):
            found += [self._linked(column, role, *form) for form in _forms(column)]
        best = max((each for each in found if each), key=lambda each: (each.share, each.use in hinted), default=None)
        if best and best.share >= LIKELY and (best.use in hinted or best.share >= SURE):
            return best
        of_hint = [each for each in found if each and hinted and each.use == hinted[0]]
        return max(of_hint, key=lambda each: each.share, default=None)

    def as_named(self, column: Column, role: str) -> Guess:
        """The column as one of names of this role, one in each cell, with what of them links."""
        guess = self._linked(column, role, None, None)
        assert guess is not None  # noqa: S101 - a cell of one name can always be read
        return guess

    def _linked(self, column: Column, role: str, separator: str | None, cells: str | None) -> Guess | None:
        choice = self._lexicons[role]
        linked, total, lost, doubted = 0.0, 0, Counter[str](), Counter[tuple[str, str]]()
        for cell, count in column.cells.items():
            names = _names(cell, separator, cells)
            if names is None:
                return None
            total += count
            way = link_as_it_stands if separator else link
            found = {name: way(name, choice) for name in names}
            missing = [name for name in names if not found[name]]
            linked += count * (1 - len(missing) / len(names)) if names else 0
            lost.update(dict.fromkeys(missing, count))
            unsure = [
                (name, f"{to.term.label} by a {to.rule}") for name, to in found.items() if to and is_unsure(to.rule)
            ]
            doubted.update(dict.fromkeys(unsure, count))
        return Guess(
            column.name,
            role,
            linked / total if total else 0,
            tuple(lost.most_common(_SHOWN)),
            tuple((name, count, to) for (name, to), count in doubted.most_common(_SHOWN)),
            separator=separator,
            several=next((cell for cell in column.cells if separator and separator in cell), None),
            cells=cells,
        )

    def with_suggestions(self, guess: Guess) -> Guess:
        """The guess with the most alike name of the ontology beside each cell that does not link."""
        found = {}
        for cell, _ in guess.unlinked:
            alike = [each for lexicon in self._lexicons[guess.use] for each in lexicon.suggest(cell, 1)]
            if alike:
                found[cell] = max(alike, key=lambda each: each.similarity).name
        return replace(guess, suggestions=found)

    def _tone(self, column: Column) -> Guess | None:
        """Fitzpatrick types told as numbers."""
        tones = guesses()["tones"]
        known = {cell for cell in column.cells if fold(cell) in tones}
        share = sum(column.cells[cell] for cell in known) / column.told
        values = {fold(cell): tones[fold(cell)] for cell in sorted(known)}
        lost = {cell: count for cell, count in column.cells.items() if cell not in known}
        most = tuple(Counter(lost).most_common(_SHOWN))
        return Guess(column.name, "tone", share, most, values=values) if known else None


def read_column(name: str, cells: Sequence[str]) -> Column:
    """A column of these cells: words that stand for nothing are counted apart."""
    void = guesses()["placeholders"]
    counts = Counter(cell.strip() for cell in cells)
    counts.pop("", None)
    most, _ = next(iter(counts.most_common(1)), ("", 0))
    empty = {most} if fold(most).startswith(tuple(void["beginnings"])) else set()
    placeholders = tuple(sorted(cell for cell in counts if fold(cell) in void["words"] or cell in empty))
    return Column(name, {cell: n for cell, n in counts.items() if cell not in placeholders}, len(cells), placeholders)


def _record(column: Column, words: set[str]) -> Guess | None:
    """A column of [image]: a path, a group key, age, sex, split or modality."""
    named = {use for use, names in guesses()["names"].items() if words & set(names)}
    counted = words & {"id", "code", "nr", "number", "key", "num"}
    uses = {
        "": _share(column, lambda cell: "://" in cell) > SURE,
        "path": _share(column, lambda cell: bool(split_extension(cell)[1])) > SURE,
        "age": "age" in named and _share(column, _is_age) > SURE,
        **{use: use in named and (bool(counted) or words <= {use}) for use in ("patient", "lesion", "case")},
        "key": "image" in named and len(column.cells) == column.rows,
    }
    return _coded(column, named) or next((Guess(column.name, use) for use, fits in uses.items() if fits), None)


def _coded(column: Column, named: set[str]) -> Guess | None:
    """A column whose cells are the words for a sex, a split or a modality."""
    for use, table in (("sex", "sexes"), ("split", "splits"), ("modality", "modalities")):
        meanings = {word: meaning for meaning, each in guesses()[table].items() for word in each}
        known = {cell: meanings[fold(cell)] for cell in column.cells if fold(cell) in meanings}
        if len(known) == len(column.cells) and (use in named or len(known) > 1):
            return Guess(column.name, use, values=known)
    return None


def _caption(column: Column) -> Guess | None:
    words = sum(len(cell.split()) * count for cell, count in column.cells.items()) / column.told
    return Guess(column.name, "caption") if words >= _LONG else None


def _forms(column: Column) -> Iterator[tuple[str | None, str | None]]:
    """The ways in which the cells may be written: one name, several with a separator, a list, a table of weights."""
    yield None, None
    first = next(iter(column.cells))
    if first[0] in "[(":
        yield None, "list"
    if first[0] == "{":
        yield None, "weights"
    for separator in _SEPARATORS:
        if _share(column, lambda cell, sign=separator: sign in cell) > 0:
            yield separator, None


def _names(cell: str, separator: str | None, cells: str | None) -> Sequence[str] | None:
    if cells == "list":
        return read_list(cell)
    if cells == "weights":
        entries = read_weights(cell)
        return None if entries is None else [name for name, _ in entries]
    return [part.strip() for part in cell.split(separator) if part.strip()] if separator else [cell]


def _share(column: Column, holds: Any) -> float:
    return sum(count for cell, count in column.cells.items() if holds(cell)) / column.told if column.told else 0.0


def _is_age(cell: str) -> bool:
    try:
        return 0 <= float(cell) <= _LONGEST_AGE
    except ValueError:
        return False


def _words(name: str) -> set[str]:
    """The words of a column's name: `patientID`, `patient_id` and `Patient ID` are the same two; the whole name too."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    return {part.casefold() for part in parts} | {name.casefold()}


@cache
def guesses() -> dict[str, Any]:
    """The words by which columns are guessed."""
    return tomllib.loads((Path(__file__).parents[1] / "templates" / "guesses.toml").read_text(encoding="utf-8"))
