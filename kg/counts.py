"""How many images and pairs each term has, counted once when a graph is built: `kg.pairs.COUNTS`.

A term counts for every image of which a fact names it or a term below it (subtypes, parts, members of a defined
class). All that is said of an image is in one shard, so that the counts of shards add up.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.facets import Codes, locate
from kg.pairs import COUNTS, Facet, Relation, TextKind
from kg.sources.cells import spread
from kg.tables import Shard, Vocabulary, read_table

_RELATIONS = [relation.value for relation in Relation]
_FACETS = [facet.value for facet in Facet]
_KINDS = [kind.value for kind in TextKind]
_LEVELS = ["1", "2", "3", "4"]
_DEPTH = len(_LEVELS) + 1
_OF_DISEASES = [_RELATIONS.index(r) for r in (Relation.DEPICTS, Relation.RULES_OUT, Relation.SUSPECTS)]
_DEPICTS, _HAS_TONE = _RELATIONS.index(Relation.DEPICTS), _RELATIONS.index(Relation.HAS_SKIN_TONE)
_KEYS = ["term", "relation", "facet", "value"]

NOTHING = pa.table({name: pa.array([], pa.int64()) for name in (*_KEYS, "images", "pairs")})
"""No counts, as `Counter.count` gives them."""

PRESENT = {
    "disease": Relation.DEPICTS,
    "defined": Relation.DEPICTS,
    "finding": Relation.SHOWS,
    "artifact": Relation.SHOWS,
    "symptom": Relation.HAS_SYMPTOM,
    "site": Relation.AT_SITE,
    "tone": Relation.HAS_SKIN_TONE,
    "history": Relation.HAS_HISTORY,
}
"""Kind of a term to the relation by which an image has it."""


def read(folder: Path) -> pa.Table:
    """The counts of a build."""
    return read_table(folder, "counts")


def compute(shards: Iterable[Shard], vocabulary: Vocabulary) -> pa.Table:
    """The counts of a graph (`COUNTS`), ordered by term, relation, facet and value; what nothing has is left out."""
    counter = Counter(vocabulary)
    total = NOTHING
    for shard in shards:
        total = add([total, counter.count(shard)])
    return counter.decode(total)


def of_terms(counts: pa.Table, terms: pa.Table) -> pa.Table:
    """`images` and `pairs` of each of the TERMS, in their order: those that have it, or a term below it; 0 for none."""
    every = counts.filter(pc.equal(counts["facet"], Facet.ALL.value))
    place = pc.index_in(_present(terms), value_set=_keys(every["term"], every["relation"]))
    return _looked_up(every, place)


def of_sources(counts: pa.Table, sources: pa.Table) -> pa.Table:
    """`images` and `pairs` of each of the SOURCES, in their order."""
    every = counts.filter(pc.and_(pc.is_null(counts["term"]), pc.equal(counts["facet"], Facet.SOURCE.value)))
    return _looked_up(every, pc.index_in(sources["source"], value_set=every["value"]))


def of_two(counts: pa.Table, terms: pa.Table) -> pa.Table:
    """`term`, `value`, `images` and `pairs`: of how many images a term is present in, or one below it, that also have
    the value: a source, a skin tone, a disease or defined class. Diseases are not counted beside each other.
    """
    facets = pa.array([facet.value for facet in (Facet.SOURCE, Facet.TONE, Facet.DISEASE)])
    chosen = counts.filter(pc.is_in(counts["facet"], facets))
    present = pc.is_in(_keys(chosen["term"], chosen["relation"]), value_set=_present(terms))
    return chosen.filter(present).select(["term", "value", "images", "pairs"])


def _present(terms: pa.Table) -> pa.Array:
    """The keys of terms with the relation by which an image has them."""
    return _keys(terms["term"], pa.array([PRESENT[kind].value for kind in terms["kind"].to_pylist()], pa.string()))


def _looked_up(counts: pa.Table, place: pa.Array) -> pa.Table:
    return pa.table({name: pc.fill_null(counts[name].take(place), 0) for name in ("images", "pairs")})


def _keys(terms: pa.ChunkedArray, relations: pa.ChunkedArray | pa.Array) -> pa.Array:
    joined = pc.binary_join_element_wise(terms, relations, " ", null_handling="replace", null_replacement="")
    return joined.combine_chunks()


def total(parts: Iterable[pa.Table]) -> pa.Table:
    """The sum of the `COUNTS` of several graphs that share no image, in order."""
    return add(parts).cast(COUNTS).sort_by([(key, "ascending") for key in _KEYS])


def add(parts: Iterable[pa.Table]) -> pa.Table:
    """The sum of what `Counter.count` has counted."""
    grouped = pa.concat_tables(parts).group_by(_KEYS, use_threads=False)
    summed = grouped.aggregate([("images", "sum"), ("pairs", "sum")])
    return summed.rename_columns({"images_sum": "images", "pairs_sum": "pairs"}).select([*_KEYS, "images", "pairs"])


Mask: TypeAlias = npt.NDArray[np.bool_]
Names: TypeAlias = npt.NDArray[np.object_]


class _Rows(NamedTuple):
    """What is said of images: each (image, code) once, by image."""

    image: Codes
    code: Codes

    def where(self, mask: Mask) -> "_Rows":
        return _Rows(self.image[mask], self.code[mask])


class Counter:
    """Counts the shards of a graph with this vocabulary; relations, terms and values stay numbers meanwhile."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._curies = vocabulary.terms["term"]
        self._sources = vocabulary.sources["source"]
        self._level = pc.fill_null(vocabulary.terms["level"], 0).to_numpy().astype(np.int64)
        closure = vocabulary.closure
        below, above = locate(closure["term"], self._curies), locate(closure["ancestor"], self._curies)
        self._above = above[np.argsort(below, kind="stable")]
        self._ancestors = np.bincount(below, minlength=len(self._curies))

    def count(self, shard: Shard) -> pa.Table:
        """The counts of one shard, each name by its place."""
        terms, images = len(self._curies), np.arange(len(shard.images))
        kinds = _pairs_by_kind(shard)
        pairs = kinds.sum(axis=1)
        image = locate(shard.facts["image"], shard.images["image"])
        relation = locate(shard.facts["relation"], pa.chunked_array([_RELATIONS]))
        term = locate(shard.facts["term"], self._curies)

        stated, place = spread(term, self._ancestors)
        subject = relation[stated] * terms + self._above[place]
        said = _distinct(image[stated], subject)
        everything = _Rows(images, np.full(len(images), len(_RELATIONS) * terms))
        every = _Rows(*(np.concatenate(both) for both in zip(said, everything, strict=True)))
        depicted = said.where(said.code // terms == _DEPICTS)
        toned = relation == _HAS_TONE
        level = self._level[term[stated]]
        deep = (relation[stated] == _DEPICTS) & (level > 0)
        by_level = _distinct(image[stated][deep], subject[deep] * _DEPTH + level[deep])

        kind = _Rows(*np.nonzero(kinds))
        parts = [
            (Facet.ALL, every, _Rows(images, np.zeros_like(images)), pairs),
            (Facet.SOURCE, every, _Rows(images, locate(shard.images["source"], self._sources)), pairs),
            (Facet.TONE, every, _distinct(image[toned], term[toned]), pairs),
            (
                Facet.DISEASE,
                said.where(~np.isin(said.code // terms, _OF_DISEASES)),
                _Rows(depicted.image, depicted.code % terms),
                pairs,
            ),
        ]
        tallied = [self._tally(facet, *_pair_up(of, by, weight[by.image])) for facet, of, by, weight in parts]
        tallied.append(self._tally(Facet.TEXT_KIND, *_pair_up(every, kind, kinds[kind])))
        tallied.append(
            self._tally(Facet.LEVEL, by_level.code // _DEPTH, by_level.code % _DEPTH - 1, pairs[by_level.image])
        )
        return pa.concat_tables(tallied)

    def _tally(self, facet: Facet, subject: Codes, value: Codes, pairs: Codes) -> pa.Table:
        """A row for each subject and value that occur together, each row of the three one image."""
        subjects, row = _numbered(subject)
        values, column = _numbered(value)
        cell, size = row * len(values) + column, len(subjects) * len(values)
        images = np.bincount(cell, minlength=size)
        sums = np.bincount(cell, weights=pairs, minlength=size).astype(np.int64)
        found = np.flatnonzero(images)
        relation, term = np.divmod(subjects[found // max(1, len(values))], len(self._curies))
        names = {"term": term, "relation": relation, "facet": np.full(len(found), _FACETS.index(facet))}
        return pa.table(
            {**names, "value": values[found % max(1, len(values))], "images": images[found], "pairs": sums[found]}
        )

    def decode(self, counted: pa.Table) -> pa.Table:
        """What was counted as `COUNTS`, in order."""
        facet = counted["facet"].to_numpy()
        said = counted["relation"].to_numpy() < len(_RELATIONS)
        value = np.full(len(counted), None, object)
        for number, names in enumerate(self._values()):
            mine = facet == number
            value[mine] = names[counted["value"].to_numpy()[mine]]
        columns = {
            "term": pa.array(_names(self._curies)[np.where(said, counted["term"], 0)], mask=~said),
            "relation": pa.array(_names(_RELATIONS)[np.where(said, counted["relation"], 0)], mask=~said),
            "facet": pa.array(_names(_FACETS)[facet]),
            "value": pa.array(value, pa.string()),
            "images": counted["images"],
            "pairs": counted["pairs"],
        }
        table = pa.table(columns, schema=COUNTS)
        return table.sort_by([(key, "ascending") for key in _KEYS])

    def _values(self) -> Iterator[Names]:
        """The values of each facet, in the order of the facets."""
        terms = _names(self._curies)
        of = {Facet.SOURCE: _names(self._sources), Facet.TEXT_KIND: _names(_KINDS), Facet.LEVEL: _names(_LEVELS)}
        of |= {Facet.ALL: np.array([None], object), Facet.TONE: terms, Facet.DISEASE: terms}
        return (of[facet] for facet in Facet)


def _names(values: Iterable[str] | pa.ChunkedArray) -> Names:
    return np.array(values.to_pylist() if isinstance(values, pa.ChunkedArray) else list(values), object)


def _pairs_by_kind(shard: Shard) -> Codes:
    """The number of pairs of each image and kind of text: (images, kinds)."""
    image = locate(shard.pairs["image"], shard.images["image"])
    kind = locate(shard.pairs["text_kind"], pa.chunked_array([_KINDS]))
    size = len(shard.images) * len(_KINDS)
    return np.bincount(image * len(_KINDS) + kind, minlength=size).reshape(-1, len(_KINDS))


def _numbered(codes: Codes) -> tuple[Codes, Codes]:
    """The distinct codes in order, and the place of each among them, without sorting: codes are small."""
    distinct = np.flatnonzero(np.bincount(codes))
    places = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    places[distinct] = np.arange(len(distinct))
    return distinct, places[codes]


def _distinct(image: Codes, code: Codes) -> _Rows:
    size = int(code.max(initial=0)) + 1
    return _Rows(*np.divmod(np.unique(image * size + code), size))


def _pair_up(of: _Rows, by: _Rows, pairs: Codes) -> tuple[Codes, Codes, Codes]:
    """Every code of `of` with every code of `by` of the same image, and the pairs that go with the latter."""
    sizes = np.bincount(by.image, minlength=int(of.image.max(initial=-1)) + 1)
    row, place = spread(of.image, sizes)
    return of.code[row], by.code[place], pairs[place]
