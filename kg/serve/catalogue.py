"""The pairs of a graph by number, so that a page of a gallery costs milliseconds and little memory.

A fact is three numbers (pair, relation, term); texts and evidence stay on disk, and are read by row.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.facets import locate
from kg.pairs import Relation, TextKind
from kg.serve.rows import Rows
from kg.tables import shard_names

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

Numbers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

PRESENT = {
    "disease": (Relation.DEPICTS,),
    "concept": (Relation.SHOWS, Relation.HAS_SYMPTOM),
    "site": (Relation.AT_SITE,),
    "tone": (Relation.HAS_SKIN_TONE,),
}
"""By which relations a field of the gallery looks for a term and all below it."""

FIELD_OF_KIND = {
    "disease": "disease",
    "defined": "disease",
    "finding": "concept",
    "artifact": "concept",
    "symptom": "concept",
    "site": "site",
    "tone": "tone",
}
"""Kind of a term to the field of the gallery that takes it."""

_RELATIONS = list(Relation)
_KINDS = list(TextKind)


@dataclass(frozen=True)
class Wanted:
    """Which pairs a gallery shows: within a field any of its values, between fields all of them."""

    terms: Mapping[str, Sequence[str]]  # field of `PRESENT` to CURIEs
    columns: Mapping[str, Sequence[str]]  # source, modality or text_kind to values
    available: bool = False  # only images whose file is there


class Catalogue:
    """What one build holds, by row: pair `i`, image `i`, term `i` are the i-th of their tables."""

    def __init__(self, graph: "KnowledgeGraph") -> None:
        images = graph.images()
        place = images.schema.get_field_index("root")
        self.images = images.set_column(place, "root", images["root"].dictionary_encode())  # one long path for many
        self.terms: list[str] = graph.terms(["term"])["term"].to_pylist()
        self.number = {curie: i for i, curie in enumerate(self.terms)}
        parts = [self._encode(graph.folder, name) for name in shard_names(graph.folder)]
        starts = np.cumsum([0, *(part.images for part in parts)])
        moved = list(zip(parts, starts[:-1].astype(np.int32), strict=True))
        self.pair_image: Numbers = np.concatenate([part.pair_image + start for part, start in moved])
        self.pair_kind = np.concatenate([part.pair_kind for part in parts])
        self.fact_image: Numbers = np.concatenate([part.fact_image + start for part, start in moved])
        self.fact_relation = np.concatenate([part.fact_relation for part in parts])
        self.fact_term: Numbers = np.concatenate([part.fact_term for part in parts])
        present = self._facts_with(itertools.chain(*PRESENT.values(), [Relation.HAS_HISTORY]))
        keys = np.unique(self.fact_image[present].astype(np.int64) * len(self.terms) + self.fact_term[present])
        self.present_image = (keys // len(self.terms)).astype(np.int32)  # each (image, term) once, by image
        self.present_term = (keys % len(self.terms)).astype(np.int32)
        self._closure = graph.closure(["term", "ancestor", "inferred"])
        self._pairs, self._facts = Rows(graph.folder / "pairs"), Rows(graph.folder / "facts")

    def _encode(self, folder: Path, shard: str) -> "_Part":
        """The pairs and facts of a shard as numbers; its own tables are let go before the next one is read."""
        images, pairs, facts = (
            pq.read_table(folder / table / f"{shard}.parquet", columns=columns, partitioning=None)
            for table, columns in (
                ("images", ["image"]),
                ("pairs", ["image", "text_kind"]),
                ("facts", ["image", "relation", "term"]),
            )
        )
        return _Part(
            images=len(images),
            pair_image=locate(pairs["image"], images["image"]).astype(np.int32),
            pair_kind=_codes(pairs["text_kind"], [kind.value for kind in _KINDS]).astype(np.uint8),
            fact_image=locate(facts["image"], images["image"]).astype(np.int32),
            fact_relation=_codes(facts["relation"], [relation.value for relation in _RELATIONS]).astype(np.uint8),
            fact_term=_codes(facts["term"], self.terms).astype(np.int32),
        )

    def find(self, wanted: Wanted) -> Mask:
        """Which pairs are meant, a flag for each."""
        meant = np.ones(len(self.pair_image), bool)
        of_images = np.ones(len(self.images), bool)
        for name, values in wanted.columns.items():
            if name == "text_kind":
                meant &= np.isin(self.pair_kind, [i for i, kind in enumerate(_KINDS) if kind.value in values])
            elif values:
                of_images &= np.asarray(pc.fill_null(pc.is_in(self.images[name], pa.array(values)), False))
        if wanted.available:
            of_images &= np.asarray(self.images["available"])
        meant &= of_images[self.pair_image]
        for field, curies in wanted.terms.items():
            if curies:
                meant &= self._said(PRESENT[field], self.below(curies))
        return meant

    def below(self, curies: Iterable[str]) -> Mask:
        """Which terms are one of these or below one: subtypes, members of a defined class, parts of a site."""
        below = np.zeros(len(self.terms), bool)
        chosen = pc.is_in(self._closure["ancestor"], pa.array(list(curies), pa.string()))
        below[_codes(self._closure["term"].filter(chosen), self.terms)] = True
        return below

    def inferred_above(self, curie: str) -> list[str]:
        """The defined classes in which a reasoner placed the term when the graph was built."""
        chosen = pc.and_(pc.equal(self._closure["term"], curie), self._closure["inferred"])
        found: list[str] = self._closure["ancestor"].filter(chosen).to_pylist()
        return found

    def _said(self, relations: Iterable[Relation], terms: Mask) -> Mask:
        """Which pairs have a fact of these."""
        return self.images_with(relations, terms)[self.pair_image]

    def _facts_with(self, relations: Iterable[Relation]) -> Mask:
        return np.isin(self.fact_relation, [_RELATIONS.index(relation) for relation in relations])

    def images_of(self, pairs: Mask) -> Mask:
        """Which images these pairs have, a flag for each."""
        has = np.zeros(len(self.images), bool)
        has[self.pair_image[pairs]] = True
        return has

    def images_with(self, relations: Iterable[Relation], terms: Mask) -> Mask:
        """Which images have a fact of these, a flag for each."""
        has = np.zeros(len(self.images), bool)
        has[self.fact_image[self._facts_with(relations) & terms[self.fact_term]]] = True
        return has

    def present_in(self, image: int) -> list[str]:
        """The terms that are present in an image, by the fields of `PRESENT` or in its history."""
        first, last = np.searchsorted(self.present_image, [image, image + 1])
        return [self.terms[i] for i in self.present_term[first:last]]

    def pairs_of(self, image: int) -> Numbers:
        """The rows of an image's pairs."""
        return np.flatnonzero(self.pair_image == image).astype(np.int32)

    def texts(self, pairs: Iterable[int]) -> list[dict[str, Any]]:
        """Id, kind and text of these pairs, as `kg.pairs.PAIRS`."""
        return self._pairs.take(pairs)

    def evidence(self, pair: int) -> list[dict[str, Any]]:
        """The facts of a pair's image, as `kg.pairs.IMAGE_FACTS`, a row for each piece of evidence."""
        return self._facts.take(np.flatnonzero(self.fact_image == self.pair_image[pair]))

    def image(self, row: int) -> dict[str, Any]:
        """An image, as `kg.pairs.IMAGES`."""
        found: dict[str, Any] = self.images.slice(row, 1).to_pylist()[0]
        return found

    def find_image(self, identifier: str) -> int | None:
        """The row of the image with this id."""
        row: int = pc.index(self.images["image"], identifier).as_py()
        return None if row < 0 else row

    def find_pair(self, identifier: str) -> int | None:
        """The row of the pair with this id, `source:key:kind:n`."""
        image = self.find_image(identifier.rsplit(":", 2)[0])
        pairs = [] if image is None else list(self.pairs_of(image))
        told = zip(pairs, self.texts(pairs), strict=True)
        return next((int(row) for row, pair in told if pair["pair"] == identifier), None)

    def tally(self, images: Mask) -> dict[str, int]:
        """How many of these images each term itself is present in; terms without one are left out."""
        counted = np.bincount(self.present_term[images[self.present_image]], minlength=len(self.terms))
        return {self.terms[i]: int(counted[i]) for i in np.flatnonzero(counted)}


@dataclass(frozen=True)
class _Part:
    """A shard: the images of its pairs and facts by their place in it."""

    images: int
    pair_image: Numbers
    pair_kind: npt.NDArray[np.uint8]
    fact_image: Numbers
    fact_relation: npt.NDArray[np.uint8]
    fact_term: Numbers


def _codes(values: pa.ChunkedArray, known: list[str]) -> npt.NDArray[np.int64]:
    """The place of each value in `known`."""
    return locate(values, pa.chunked_array([pa.array(known, pa.string())]))
