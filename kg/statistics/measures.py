"""The statistics of a graph: what it holds, what is missing, and how it was linked. One pass over its shards."""

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.facets import Codes
from kg.image_facts import ImageFacts, TermCodes
from kg.pairs import Facet, Relation, TextKind
from kg.statistics.lengths import Lengths, count_words
from kg.tables import Shard, read_shard, shard_names
from kg.tally import Tally

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

CountTokens = Callable[[Sequence[str]], Sequence[int]]

TOKEN_SAMPLE = 20_000
"""Captions whose tokens are counted."""

AGES = ("0–9", "10–19", "20–29", "30–39", "40–49", "50–59", "60–69", "70–79", "80+")
SEXES = ("female", "male", "other", "not told")
TAIL = (1, 10, 100, 1_000, 10_000)
"""Images from which on a condition is counted, for the long tail."""

WORD_EDGES = tuple(range(0, 110, 10))
TOKEN_EDGES = tuple(range(0, 117, 13))
"""Bins of one width, one of which ends with the 77 tokens that CLIP reads."""

_SAID = {
    "condition": (Relation.DEPICTS,),
    "skin tone": (Relation.HAS_SKIN_TONE,),
    "body site": (Relation.AT_SITE,),
    "finding": (Relation.SHOWS,),
    "symptom": (Relation.HAS_SYMPTOM, Relation.LACKS_SYMPTOM),
    "history": (Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF, Relation.LACKS_HISTORY),
}
_RECORDED = {"age": "age", "sex": "sex", "modality": "modality", "patient": "patient", "lesion": "lesion"}
_FILE = "image file"


@dataclass
class Measures:
    """What is counted over the shards; `Statistics` says what it means."""

    images: Counter[str] = field(default_factory=Counter)  # by source
    pairs: Counter[str] = field(default_factory=Counter)  # by source
    words: dict[str, Lengths] = field(default_factory=dict)  # of captions, by source
    tokens: Lengths = field(default_factory=Lengths)
    captions: list[Codes] = field(default_factory=list)  # hashes of distinct ones, by shard
    ages: Codes = field(default_factory=lambda: np.zeros((len(AGES) + 1, len(SEXES)), np.int64))  # last row: not told
    missing: dict[str, Counter[str]] = field(default_factory=dict)  # images by what they lack, by source
    terms: dict[Relation, Tally] = field(default_factory=dict)  # by the term's label, as it is said
    rules: dict[str, Counter[str]] = field(default_factory=dict)  # evidence, images and pairs by rule

    @property
    def distinct_captions(self) -> int:
        return len(np.unique(np.concatenate(self.captions))) if self.captions else 0

    def add(self, shard: Shard, terms: TermCodes, tokens: CountTokens | None, share: float) -> None:
        """Count a shard; the tokens of a share of its captions."""
        images, source = shard.images, shard.images["source"]
        place = pc.index_in(shard.pairs["image"], value_set=images["image"]).to_numpy()
        weights = np.bincount(place, minlength=len(images))
        for entry in pc.value_counts(source).to_pylist():
            self.images[entry["values"]] += entry["counts"]
        for entry in pc.value_counts(shard.pairs["source"]).to_pylist():
            self.pairs[entry["values"]] += entry["counts"]
        self._add_captions(shard, tokens, share)
        facts = ImageFacts(shard.facts, images["image"], terms)
        self._add_people(images)
        self._add_missing(images, facts)
        self._add_terms(facts, weights)
        self._add_rules(shard, weights)

    def _add_captions(self, shard: Shard, tokens: CountTokens | None, share: float) -> None:
        captions = shard.pairs.filter(pc.equal(shard.pairs["text_kind"], TextKind.CAPTION.value))
        words = count_words(captions["text"])
        encoded = captions["source"].combine_chunks().dictionary_encode()
        for code, name in enumerate(encoded.dictionary.to_pylist()):
            self.words.setdefault(name, Lengths()).add(words[encoded.indices.to_numpy() == code])
        texts = captions["text"].to_pylist()
        self.captions.append(np.unique(np.fromiter(map(hash, texts), np.int64, len(texts))))
        if tokens and texts:
            every = max(1, round(1 / share))
            self.tokens.add(np.fromiter(tokens(texts[::every]), np.int64))

    def _add_people(self, images: pa.Table) -> None:
        sex = pc.fill_null(pc.index_in(images["sex"], value_set=pa.array(SEXES)), len(SEXES) - 1).to_numpy()
        age = pc.fill_null(images["age"], -1).to_numpy()
        decade = np.where(age < 0, len(AGES), np.clip(age // 10, 0, len(AGES) - 1)).astype(np.int64)
        np.add.at(self.ages, (decade, sex), 1)

    def _add_missing(self, images: pa.Table, facts: ImageFacts) -> None:
        lacking = {what: facts.lists(*relations).lengths == 0 for what, relations in _SAID.items()}
        lacking |= {what: np.asarray(pc.is_null(images[name])) for what, name in _RECORDED.items()}
        lacking[_FILE] = ~np.asarray(images["available"])
        for what, mask in lacking.items():
            counts = self.missing.setdefault(what, Counter())
            for entry in pc.value_counts(images["source"].filter(pa.array(mask))).to_pylist():
                counts[entry["values"]] += entry["counts"]

    def _add_terms(self, facts: ImageFacts, weights: Codes) -> None:
        for relation in (Relation.AT_SITE, Relation.SHOWS, Relation.HAS_SYMPTOM, Relation.HAS_HISTORY):
            said = facts.lists(relation)
            self.terms.setdefault(relation, Tally()).add(said.codes, facts.terms.labels, weights[said.rows])

    def _add_rules(self, shard: Shard, weights: Codes) -> None:
        rules = shard.facts["rule"].combine_chunks().dictionary_encode()
        image = pc.index_in(shard.facts["image"], value_set=shard.images["image"]).to_numpy().astype(np.int64)
        rule, distinct = rules.indices.to_numpy(), max(1, len(rules.dictionary))
        images, of_rule = np.divmod(np.unique(image * distinct + rule), distinct)
        for code, name in enumerate(rules.dictionary.to_pylist()):
            mine = images[of_rule == code]
            counts = {"evidence": int((rule == code).sum()), "images": len(mine), "pairs": int(weights[mine].sum())}
            self.rules.setdefault(name, Counter()).update(counts)


def measure(graph: "KnowledgeGraph", tokens: CountTokens | None = None) -> Measures:
    """Count all shards of a graph; `tokens` counts the tokens of some captions."""
    counts = graph.counts(["facet", "value", "term", "pairs"])
    kinds = counts.filter(pc.and_(pc.is_null(counts["term"]), pc.equal(counts["value"], TextKind.CAPTION.value)))
    captions = pc.sum(kinds["pairs"]).as_py() or 1
    terms, measures = TermCodes(graph.ontology), Measures()
    for name in tqdm(shard_names(graph.folder), desc="statistics", unit="shard", disable=None):
        measures.add(read_shard(graph.folder, name), terms, tokens, min(1.0, TOKEN_SAMPLE / captions))
    return measures


def read_published() -> dict[str, Any]:
    """What was published of Derm1M: `citation`, and `figures` by name."""
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))


def count_by(counts: pa.Table, facet: Facet, relation: Relation | None = None) -> pa.Table:
    """The counts (COUNTS) of a facet: of terms by a relation, or of all images without one."""
    chosen = pc.equal(counts["facet"], facet.value)
    of = pc.is_null(counts["relation"]) if relation is None else pc.equal(counts["relation"], relation.value)
    return counts.filter(pc.and_(chosen, pc.fill_null(of, False)))
