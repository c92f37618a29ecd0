"""Surface forms to terms: every name of the ontology, found in text or looked up whole."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias

from rapidfuzz import fuzz, process

from kg.language.folding import Folded, fold, numbers
from kg.language.phrases import Phrases, expand, read_rows
from kg.ontology import Ontology, Synonym, Term

RULES = (
    "identifier",
    "label",
    "exact synonym",
    "data-set label",
    "narrow synonym",
    "broad synonym",
    "related synonym",
)
"""How a surface form was linked, the most certain first."""

_WORD = re.compile(r"\w+")
_UNSUPPORTED = 2  # an abbreviation of so few letters stands for too many things to link alone


@dataclass(frozen=True)
class Link:
    """A term that a surface form names, and the rule by which."""

    term: Term
    rule: str


Found: TypeAlias = tuple[int, int, Link | None]
"""A name at two places of a text, with the term that it names or none."""


class Suggestion(NamedTuple):
    """A term whose name looks like a surface form: to be confirmed by a person, never applied."""

    term: Term
    name: str
    similarity: float  # 0 to 1, RapidFuzz's ratio (by insertions and deletions) of the words in alphabetical order


class Mention(NamedTuple):
    """A term named in a text, by characters `start` to `end`."""

    start: int
    end: int
    term: Term
    rule: str


class Lexicon:
    """The names of an ontology's terms of some kinds, with plurals, folded as `kg.language.folding` does.

    A name of several terms links by the best rule; where that still leaves several, to the one that is an ancestor
    of all the others, or to none. An excluded synonym never links to its term, and in a text it hides the shorter
    names inside it.
    """

    def __init__(
        self, ontology: Ontology, *kinds: str, without: str | None = None, wordings: Mapping[str, Link] | None = None
    ) -> None:
        """`without` is a type of synonym to leave out; `wordings` are found in texts where no name is as long."""
        self._ontology = ontology
        self._terms = [term for term in ontology.terms(*kinds) if not term.deprecated]
        self._names: dict[str, Link | None] = {}
        candidates: dict[str, dict[Term, tuple[int, bool]]] = {}
        abbreviations: dict[str, dict[Term, tuple[int, bool]]] = {}
        excluded = {fold(name).text for term in self._terms for name in term.excluded}
        for term in self._terms:
            never = {fold(name).text for name in term.excluded}
            for text, rank, short in _names(term, without):
                name = fold(text).text
                if name in never:
                    continue
                _offer(candidates, name, term, (rank, False))
                if short:
                    for form in {text, f"{text}s", text.replace(" ", "-")}:
                        _offer(abbreviations, form, term, (rank, form != text))
                else:
                    for other in numbers(name) - never:
                        _offer(candidates, other, term, (rank, True))
        for name, term in self._tones("text"):
            _offer(candidates, name, term, (RULES.index("exact synonym"), False))
        self._labels = {name: Link(term, "exact synonym") for name, term in self._tones("label")}
        self._names = {name: self._choose(terms) for name, terms in candidates.items()}
        short_only = {fold(name).text for name in abbreviations}
        self._hidden = excluded - set(candidates)
        full = {name: link for name, link in self._names.items() if name not in short_only}
        worded = {fold(wording).text: link for wording, link in (wordings or {}).items()}
        self._full = Phrases[Link | None](worded | full | dict.fromkeys(self._hidden), as_they_are=True)
        written = {name: self._choose(terms) for name, terms in abbreviations.items()}
        self._short = Phrases[Link | None](written, as_they_are=True) if written else None

    def link(self, surface: str) -> Link | None:
        """The term that a whole surface form names: a CURIE, a label or a synonym."""
        if surface.startswith("DERM:"):
            found = next((term for term in self._terms if term.curie == surface), None)
            return Link(found, "identifier") if found else None
        name = fold(surface.strip(" .,;:")).text
        return self._names.get(name) or self._labels.get(name)

    def adds(self, words: str, term: Term) -> bool:
        """Whether words beside a name of this term may narrow or change it: any of them is a word of some name.

        What only names the term once more, or a term that it is a kind of, adds nothing.
        """
        again = self.link(words)
        if again and again.term in self._ontology.ancestors(term):
            return False
        return not self._words.isdisjoint(_WORD.findall(fold(words).text))

    def suggest(self, surface: str, count: int = 3, least: float = 0.8) -> list[Suggestion]:
        """The terms with the nearest names, the nearest first."""
        sought = fold(surface).text
        nearest: dict[Term, Suggestion] = {}
        found = process.extract(
            sought, self._linked.keys(), scorer=fuzz.token_sort_ratio, limit=4 * count, score_cutoff=100 * least
        )
        for name, percent, _ in found:
            term = self._linked[name].term
            nearest.setdefault(term, Suggestion(term, name, percent / 100))
        return list(nearest.values())[:count]

    def find(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """The terms that each text names, in order: the longest names from the left, whole words only.

        Abbreviations link only as they are written in the ontology (in capitals), those of two letters only where the
        text names the term, an ancestor or a descendant in full too.
        """
        return (self.find_in(text, fold(text)) for text in texts)

    def find_in(self, text: str, folded: Folded) -> list[Mention]:
        """`find` for one text that has been folded already."""
        full = self._full.find(folded)
        short = self._short.find(Folded(text)) if self._short else []
        found = self._with_abbreviations(full, short) if short else full
        return [Mention(start, end, link.term, link.rule) for start, end, link in found if link]

    def _with_abbreviations(self, full: Sequence[Found], short: Sequence[Found]) -> list[Found]:
        """Both kinds of names in order, of two that overlap the first, without abbreviations that nothing supports."""
        marked = [(*each, False) for each in full] + [(*each, True) for each in short]
        kept: list[tuple[int, int, Link | None, bool]] = []
        for each in sorted(marked, key=lambda each: (each[0], -each[1])):
            if not kept or each[0] >= kept[-1][1]:
                kept.append(each)
        named = {link.term for _, _, link, is_short in kept if link and not is_short}
        return [
            (start, end, link)
            for start, end, link, is_short in kept
            if link and not (is_short and end - start <= _UNSUPPORTED and not self._supported(link.term, named))
        ]

    def _tones(self, where: str) -> Iterator[tuple[str, Term]]:
        """The wordings of `tones.tsv` in texts or in labels, folded, with those of their terms that are here."""
        tones = {term.label: term for term in self._terms if term.kind == "tone"}
        for row in read_rows(Path(__file__).parent / "language" / "tones.tsv") if tones else ():
            if row["in"] == where and row["term"] in tones:
                yield from ((fold(phrase).text, tones[row["term"]]) for phrase in expand(row["wording"]))

    def _supported(self, term: Term, full: set[Term]) -> bool:
        related = {term, *self._ontology.ancestors(term), *self._ontology.descendants(term)}
        return not related.isdisjoint(full)

    def _choose(self, offered: dict[Term, tuple[int, bool]]) -> Link | None:
        best = min(offered.values())
        terms = [term for term, rank in offered.items() if rank == best]
        for term in terms:
            if all(other == term or term in self._ontology.ancestors(other) for other in terms):
                return Link(term, RULES[best[0]])
        return None

    @property
    def ambiguous(self) -> list[str]:
        """The names that several terms share, so that they link to none, folded and sorted."""
        return sorted(name for name, link in self._names.items() if link is None)

    @cached_property
    def _linked(self) -> dict[str, Link]:
        return {name: link for name, link in self._names.items() if link}

    @cached_property
    def _words(self) -> set[str]:
        """The words of all names, excluded ones among them."""
        return {word for name in [*self._names, *self._hidden] for word in _WORD.findall(name)}


def _names(term: Term, without: str | None) -> Iterator[tuple[str, int, bool]]:
    """Each name of a term with the rank of its rule, and whether it is an abbreviation."""
    yield term.label, RULES.index("label"), False
    for synonym in term.synonyms:
        if without is not None and synonym.type == without:
            continue
        yield synonym.text, _rank(synonym), _is_abbreviation(synonym)


def _rank(synonym: Synonym) -> int:
    if synonym.scope == "exact" and synonym.type == "data-set label":
        return RULES.index("data-set label")
    return RULES.index(f"{synonym.scope} synonym")


def _is_abbreviation(synonym: Synonym) -> bool:
    letters = [letter for letter in synonym.text if letter.isalpha()]
    return synonym.type == "abbreviation" or (len(letters) <= 3 and synonym.text.isupper())


def _offer(names: dict[str, dict[Term, tuple[int, bool]]], name: str, term: Term, rank: tuple[int, bool]) -> None:
    offered = names.setdefault(name, {})
    offered[term] = min(rank, offered.get(term, rank))
