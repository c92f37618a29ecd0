"""What exported pairs are made of: counts by source, level, tone and split, and what is missing."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.export.tabulation import Part
from kg.facets import Codes
from kg.image_facts import Lists
from kg.pairs import Relation
from kg.splits import SPLITS
from kg.tally import Tally

_LACKING = {
    "condition": "conditions",
    "skin tone": "skin_tone",
    "body site": "sites",
    "finding": "findings",
    "symptom": "symptoms",
    "history": "history",
    "age": "age",
    "sex": "sex",
    "modality": "modality",
    "image file": "filepath",
}


@dataclass
class Composition:
    """Counts that grow with each part. An image counts for each of its conditions and tones."""

    pairs: int = 0
    images: int = 0
    text_kinds: Counter[str] = field(default_factory=Counter)  # pairs
    sources: Tally = field(default_factory=Tally)
    levels: dict[int, Tally] = field(default_factory=lambda: {n: Tally() for n in (1, 2, 3, 4)})
    conditions: Tally = field(default_factory=Tally)  # the most specific ones, of any level
    tones: Tally = field(default_factory=Tally)
    splits: Tally = field(default_factory=Tally)
    missing: Counter[str] = field(default_factory=Counter)  # pairs whose image lacks something
    splits_by_condition: dict[str, Counter[str]] = field(default_factory=dict)  # images

    def add(self, part: Part) -> None:
        """Count the pairs of a part."""
        weights = part.image_weights()
        there = np.flatnonzero(weights)
        facts, weights = part.facts, weights[there]
        images = part.images if len(there) == part.images.num_rows else part.images.take(pa.array(there))
        terms = facts.terms
        conditions, tones = _some(facts.conditions, there), _some(facts.lists(Relation.HAS_SKIN_TONE), there)
        self.pairs += len(part)
        self.images += len(there)
        self.text_kinds.update({entry["values"]: entry["counts"] for entry in _counts(part.pairs["text_kind"])})
        self._count_column(self.sources, images["source"], weights)
        self._count_column(self.splits, images["split"], weights)
        for number, codes in enumerate(terms.levels(conditions.codes), start=1):
            at_level = np.unique(conditions.rows[codes >= 0] * len(terms) + codes[codes >= 0])
            rows = at_level // len(terms)
            self.levels[number].add(at_level % len(terms), terms.labels, weights[rows])
        self.conditions.add(conditions.codes, terms.labels, weights[conditions.rows])
        self.tones.add(tones.codes, terms.labels, weights[tones.rows])
        for what, name in _LACKING.items():
            self.missing[what] += _count_missing(images[name], weights)
        self._count_splits(conditions, terms.labels, images["split"])

    def _count_column(self, tally: Tally, column: pa.ChunkedArray, weights: Codes) -> None:
        encoded = column.combine_chunks().dictionary_encode()
        tally.add(pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64), encoded.dictionary, weights)

    def _count_splits(self, conditions: Lists, labels: pa.Array, splits: pa.ChunkedArray) -> None:
        place = pc.fill_null(pc.index_in(splits, value_set=pa.array(SPLITS)), -1).to_numpy()[conditions.rows]
        known = place >= 0
        counts = np.bincount(conditions.codes[known] * len(SPLITS) + place[known])
        said = np.flatnonzero(counts)
        names = labels.take(pa.array(said // len(SPLITS))).to_pylist()
        for name, split, count in zip(names, (said % len(SPLITS)).tolist(), counts[said].tolist(), strict=True):
            self.splits_by_condition.setdefault(name, Counter())[SPLITS[split]] += count

    def as_dict(self) -> dict[str, Any]:
        """The counts as plain values, the most frequent first."""
        by_condition = sorted(self.splits_by_condition.items(), key=lambda item: (-item[1].total(), item[0]))
        return {
            "pairs": self.pairs,
            "images": self.images,
            "text_kinds": dict(self.text_kinds.most_common()),
            "sources": _plain(self.sources),
            "levels": {number: _plain(tally) for number, tally in self.levels.items()},
            "conditions": _plain(self.conditions),
            "tones": _plain(self.tones),
            "splits": sorted(_plain(self.splits), key=lambda split: SPLITS.index(split["name"])),
            "missing": dict(self.missing),
            "splits_by_condition": {name: dict(counts) for name, counts in by_condition},
        }


def _plain(tally: Tally) -> list[dict[str, Any]]:
    return [{"name": name, "pairs": pairs, "images": images} for name, pairs, images in tally.rows()]


def _some(lists: Lists, rows: Codes) -> Lists:
    """The lists of some rows (in rising order)."""
    if len(rows) == len(lists.lengths):
        return lists
    kept = np.isin(lists.rows, rows)
    lengths = lists.lengths[rows]
    return Lists(np.concatenate([[0], np.cumsum(lengths)]), lists.codes[kept])


def _count_missing(column: pa.ChunkedArray, weights: Codes) -> int:
    lists = pa.types.is_list(column.type)
    missing = pc.equal(pc.list_value_length(column), 0) if lists else pc.is_null(column)
    return int(weights[np.asarray(missing)].sum())


def _counts(column: pa.ChunkedArray) -> list[dict[str, Any]]:
    counts: list[dict[str, Any]] = pc.value_counts(column).to_pylist()
    return counts
