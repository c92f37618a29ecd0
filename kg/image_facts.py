"""What the facts say of each image, as lists of terms: the form in which exports, samples and statistics take it.

Terms are codes: places in the list of terms by CURIE (`Words`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.facets import Codes, locate
from kg.pairs import Relation
from kg.sentences import ancestry, most_specific

if TYPE_CHECKING:
    from kg.ontology import Ontology

Mask = npt.NDArray[np.bool_]

_UNKNOWN = -2


@dataclass(frozen=True)
class Lists:
    """A list of codes for each row: `codes[offsets[row]:offsets[row + 1]]`."""

    offsets: Codes  # (rows + 1,)
    codes: Codes

    @property
    def lengths(self) -> Codes:
        return np.diff(self.offsets)

    @property
    def rows(self) -> Codes:
        """The row of each code."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.lengths)

    def first(self) -> Codes:
        """The first code of each list, -1 where it is empty."""
        first = np.full(len(self.offsets) - 1, -1)
        said = self.lengths > 0
        first[said] = self.codes[self.offsets[:-1][said]]
        return first

    def keep(self, mask: Mask) -> "Lists":
        """The lists with only the codes that `mask` has."""
        counts = np.bincount(self.rows[mask], minlength=len(self.offsets) - 1)
        return Lists(np.concatenate([[0], np.cumsum(counts)]), self.codes[mask])

    def as_array(self, vocabulary: pa.Array) -> pa.ListArray:
        """The lists with the words that the codes stand for."""
        return pa.ListArray.from_arrays(pa.array(self.offsets, pa.int32()), vocabulary.take(pa.array(self.codes)))


def gather_lists(rows: Codes, codes: Codes, size: int, count: int, *, ordered: bool = True) -> Lists:
    """The codes (below `size`) of each of `count` rows, each once, by code or in the order in which they are said."""
    composite, first = np.unique(rows * size + codes, return_index=True)
    if not ordered:
        composite = composite[np.lexsort((first, composite // size))]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(composite // size, minlength=count))])
    return Lists(offsets, composite % size)


class TermCodes:
    """The terms of an ontology by code, and what codes are above others; remembers what it is asked."""

    def __init__(self, ontology: "Ontology") -> None:
        self.ontology = ontology
        self.terms = ontology.terms()
        self.curies = pa.array([term.curie for term in self.terms])
        self.labels = pa.array([term.label for term in self.terms])
        self._code = {term.curie: code for code, term in enumerate(self.terms)}
        self._above = ancestry(ontology)
        self._specific: dict[tuple[int, ...], list[bool]] = {}
        self._levels = np.full((4, len(self.terms) + 1), _UNKNOWN)
        self._levels[:, -1] = -1  # of the code -1

    def __len__(self) -> int:
        return len(self.terms)

    def encode(self, curies: pa.ChunkedArray) -> Codes:
        """The codes of terms. Raises `InputError` for one that the ontology does not have."""
        places = pc.index_in(curies, value_set=self.curies)
        if places.null_count:
            unknown = curies.filter(pc.is_null(places))[0]
            raise InputError(f"the facts name {unknown}, which the graph's ontology does not have: build it again")
        codes: Codes = places.to_numpy().astype(np.int64)
        return codes

    def specific(self, codes: tuple[int, ...]) -> list[bool]:
        """Which of the codes stand above no other of them."""
        if codes not in self._specific:
            terms = [self.terms[code] for code in codes]
            kept = most_specific(terms, self._above)
            self._specific[codes] = [term in kept for term in terms]
        return self._specific[codes]

    def levels(self, codes: Codes) -> Codes:
        """The tree ancestors of each term, itself at its own level: [4, n], level 1 first; -1 where there is none."""
        for code in np.unique(codes[self._levels[0, codes] == _UNKNOWN]).tolist():
            self._levels[:, code] = -1
            for step in self.ontology.path(self.terms[code]):
                if step.level:
                    self._levels[step.level - 1, code] = self._code[step.curie]
        ancestors: Codes = self._levels[:, codes]
        return ancestors

    def of_kind(self, *kinds: str) -> Mask:
        """Which terms are of one of these kinds."""
        return np.array([term.kind in kinds for term in self.terms])


class ImageFacts:
    """The facts of some images (ids). `facts` needs the columns image, relation, term and who."""

    def __init__(self, facts: pa.Table, images: pa.ChunkedArray, terms: TermCodes) -> None:
        row = locate(facts["image"], images)
        known = row >= 0
        self.count = len(images)
        self.terms = terms
        self._facts = facts.filter(known)
        self._row = row[known]
        self._term = terms.encode(self._facts["term"])
        relations = pa.array([relation.value for relation in Relation])
        self._relation = pc.index_in(self._facts["relation"], value_set=relations).to_numpy()

    def lists(self, *relations: Relation, ordered: bool = True) -> Lists:
        """The terms that each image has by any of these relations."""
        said = self._by(*relations)
        return gather_lists(self._row[said], self._term[said], len(self.terms), self.count, ordered=ordered)

    @cached_property
    def conditions(self) -> Lists:
        """The most specific depicted diseases, of any level, in the order in which they are said."""
        lists = self.lists(Relation.DEPICTS, ordered=False)
        kept = np.ones(len(lists.codes), bool)
        for start, stop in _several(lists):
            kept[start:stop] = self.terms.specific(tuple(lists.codes[start:stop].tolist()))
        return lists.keep(kept)

    def histories(self) -> pa.Array:
        """The history of each image: factors by name, diseases with whose they are."""
        said = self._by(Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF)
        facts, term = self._facts.filter(said), self._term[said]
        of = pc.equal(facts["relation"], Relation.HAS_HISTORY_OF.value)
        who = pc.if_else(of, pc.fill_null(facts["who"], ""), "").combine_chunks().dictionary_encode()
        speakers: list[str] = who.dictionary.to_pylist()
        composite = term * max(1, len(speakers)) + who.indices.to_numpy()
        distinct, codes = np.unique(composite, return_inverse=True)
        words = [self._say_history(code // len(speakers), speakers[code % len(speakers)]) for code in distinct.tolist()]
        lists = gather_lists(self._row[said], codes.astype(np.int64), max(1, len(words)), self.count)
        return lists.as_array(pa.array(words, pa.string()))

    def _say_history(self, term: int, who: str) -> str:
        label = self.terms.terms[term].label
        return f"{label} ({who})" if who else label

    def _by(self, *relations: Relation) -> Mask:
        wanted: Mask = np.isin(self._relation, [list(Relation).index(relation) for relation in relations])
        return wanted


def names_at(codes: Codes, vocabulary: pa.Array) -> pa.Array:
    """The word that each code stands for, null for -1."""
    return vocabulary.take(pa.array(codes, mask=codes < 0))


def _several(lists: Lists) -> Iterator[tuple[int, int]]:
    """Where each list of two codes or more begins and ends."""
    several = np.flatnonzero(lists.lengths > 1)
    yield from zip(lists.offsets[several].tolist(), lists.offsets[several + 1].tolist(), strict=True)
