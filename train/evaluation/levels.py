"""The classes of each level above a set of candidates, and the way from one level to another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kg.errors import InputError

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEVELS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Level:
    """The classes of a level. `members` [candidates, classes] flags the candidates at or below each class."""

    number: int
    classes: tuple["Term", ...]
    members: Flags

    def aggregate(self, probabilities: Floats) -> Floats:
        """Probabilities of the classes [n, classes]: each the sum over the candidates below it [n, candidates].

        (Esteva et al. 2017.) A candidate whose label is broader than this level adds to none.
        """
        return probabilities @ self.members

    @property
    def reachable(self) -> Flags:
        """Classes that some candidate leads to [classes]; the others occur in the truth alone."""
        flags: Flags = np.any(self.members, axis=0)
        return flags


@dataclass(frozen=True)
class Candidates:
    """What a prediction chooses from: terms of which none lies above another of a deeper level."""

    terms: tuple["Term", ...]
    levels: tuple[Level, ...]

    @classmethod
    def over(cls, ontology: "Ontology", candidates: Iterable[str], truths: Iterable[Sequence[str]]) -> "Candidates":
        """The candidates with the classes at each level above them and above the truths, by label.

        A candidate that another one specifies at a deeper level is left out: it is found through that one.
        Raises `InputError` when none is left, or one is not a disease term of the tree.
        """
        chosen = {ontology.term(curie) for curie in candidates}
        for term in chosen:
            if term.level is None:
                raise InputError(
                    f"{term.label} ({term.curie}) has no level in the disease tree: it cannot be predicted"
                )
        above = {step for term in chosen for step in ontology.path(term)[:-1]}
        terms = tuple(sorted(chosen - above, key=lambda term: (term.label, term.curie)))
        if not terms:
            raise InputError("no candidate conditions: no pair here has a condition")
        true = {ontology.term(curie) for labels in truths for curie in labels}
        levels = []
        for number in LEVELS:
            found = {a for term in (*terms, *true) if (a := ontology.level_ancestor(term, number))}
            classes = tuple(sorted(found, key=lambda term: (term.label, term.curie)))
            members = np.array([[ontology.level_ancestor(t, number) == c for c in classes] for t in terms], dtype=bool)
            levels.append(Level(number, classes, members.reshape(len(terms), len(classes))))
        return cls(terms, tuple(levels))


def true_classes(ontology: "Ontology", level: Level, truths: Sequence[Sequence[str]]) -> Flags:
    """[n, classes]: the classes of this level that each sample's conditions belong to.

    A row is empty where a sample's labels are all broader than the level: it does not count there.
    """
    place = {term: number for number, term in enumerate(level.classes)}
    ancestor = {c: ontology.level_ancestor(c, level.number) for c in {c for labels in truths for c in labels}}
    flags = np.zeros((len(truths), len(level.classes)), dtype=bool)
    for row, labels in enumerate(truths):
        for curie in labels:
            if (term := ancestor[curie]) is not None:
                flags[row, place[term]] = True
    return flags


def ancestor_heights(
    ontology: "Ontology", terms: Sequence["Term"], predicted: NDArray[np.int64], truths: Sequence[Sequence[str]]
) -> Floats:
    """How far up one must go from the truth to stand above the prediction too, in levels [n].

    0 is right (at the truth's own level); for a condition 1 means the same level-3 group, 4 nothing in common but
    the root. Of several true conditions the nearest counts. `predicted` [n] are places in `terms`.
    """
    distinct = sorted({curie for labels in truths for curie in labels})
    place = {curie: row for row, curie in enumerate(distinct)}
    heights = np.array([[_height(ontology, true, term) for term in terms] for true in distinct], dtype=np.float64)
    rows = [
        heights[[place[curie] for curie in labels], said].min() for labels, said in zip(truths, predicted, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def _height(ontology: "Ontology", true: str, predicted: "Term") -> int:
    common = ontology.lowest_common_ancestor(true, predicted)
    return (ontology.term(true).level or 0) - (common.level or 0 if common else 0)
