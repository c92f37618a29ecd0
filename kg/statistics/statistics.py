"""The statistics of a graph, as numbers that a page or a program shows."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kg.pairs import Facet, Relation, TextKind
from kg.statistics.lengths import Lengths
from kg.statistics.measures import (
    AGES,
    SEXES,
    TAIL,
    TOKEN_EDGES,
    WORD_EDGES,
    CountTokens,
    Measures,
    count_by,
    measure,
    read_published,
)
from kg.tally import Tally

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

MODEL_CONTEXT = 77
"""Tokens that CLIP's text tower reads."""

_TOP = 25


@dataclass(frozen=True)
class Count:
    """How many images have a name, and how many pairs those images have."""

    name: str
    images: int
    pairs: int


@dataclass(frozen=True)
class SourceLine:
    """What one source gives."""

    name: str
    licence: str
    citation: str
    images: int
    pairs: int
    caption_words: float | None  # mean
    missing: dict[str, float]  # share of images that lack something


@dataclass(frozen=True)
class Length:
    """The lengths of captions in words or tokens."""

    texts: int
    mean: float | None
    median: int | None
    p95: int | None
    beyond_model: float | None  # share of more than `MODEL_CONTEXT`; tokens alone
    histogram: list[tuple[str, int]]


@dataclass(frozen=True)
class Level:
    """The classes of one level of the tree."""

    level: int
    in_ontology: int
    classes: list[Count]  # with an image, the most frequent first


@dataclass(frozen=True)
class Tones:
    """Images by the tones of a scale, in all and for each level-1 group."""

    scale: str
    tones: list[str]
    all: list[int]
    branches: list[tuple[str, list[int]]]


@dataclass(frozen=True)
class Figure:
    """A figure that was published of Derm1M, and the same of this graph."""

    name: str
    published: float
    here: float | None


@dataclass(frozen=True)
class Statistics:
    """All of it. Shares are of images unless another word says so."""

    build: str
    ontology_version: str
    images: int
    pairs: int
    distinct_captions: int
    text_kinds: list[Count]
    sources: list[SourceLine]
    licences: list[Count]
    words: Length
    tokens: Length | None
    tokenizer: str | None
    levels: list[Level]
    tail: list[tuple[int, int]]  # conditions with at least so many images
    conditions_without_images: int
    sites: list[Count]
    findings: list[Count]
    symptoms: list[Count]
    history: list[Count]
    tones: list[Tones]
    age_groups: list[str]  # the last one: not told
    sexes: list[str]
    ages: list[list[int]]  # images by age group and sex
    missing: dict[str, int]  # images that lack something
    rules: list[dict[str, Any]]  # evidence, images and pairs by rule
    published: list[Figure]
    citation: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


def compute_statistics(
    graph: "KnowledgeGraph", *, tokens: CountTokens | None = None, tokenizer: str | None = None
) -> Statistics:
    """The statistics of a graph; `tokens` counts the tokens of texts as the model `tokenizer` sees them."""
    measures, counts, ontology = measure(graph, tokens), graph.counts(), graph.ontology
    images, pairs = measures.images.total(), measures.pairs.total()
    words = _add_up(measures.words.values())
    kinds = count_by(counts, Facet.TEXT_KIND)
    depicted = count_by(counts, Facet.ALL, Relation.DEPICTS)
    of_term = {row["term"]: row for row in depicted.to_pylist()}
    levels = [_level(ontology, number, of_term) for number in (1, 2, 3, 4)]
    sources = _sources(graph, measures)
    text_kinds = _in_order(kinds, [kind.value for kind in TextKind])
    return Statistics(
        build=graph.info["build"],
        ontology_version=graph.info["ontology"]["version"],
        images=images,
        pairs=pairs,
        distinct_captions=measures.distinct_captions,
        text_kinds=text_kinds,
        sources=sources,
        licences=_licences(sources),
        words=_length(words, WORD_EDGES),
        tokens=_length(measures.tokens, TOKEN_EDGES, MODEL_CONTEXT) if tokens else None,
        tokenizer=tokenizer if tokens else None,
        levels=levels,
        tail=[(least, sum(count.images >= least for count in levels[3].classes)) for least in TAIL],
        conditions_without_images=levels[3].in_ontology - len(levels[3].classes),
        sites=_most(measures, Relation.AT_SITE),
        findings=_most(measures, Relation.SHOWS),
        symptoms=_most(measures, Relation.HAS_SYMPTOM),
        history=_most(measures, Relation.HAS_HISTORY),
        tones=_tones(counts, ontology),
        age_groups=[*AGES, "not told"],
        sexes=list(SEXES),
        ages=measures.ages.tolist(),
        missing={what: by_source.total() for what, by_source in measures.missing.items()},
        rules=[
            {"rule": rule, **counted}
            for rule, counted in sorted(measures.rules.items(), key=lambda item: -item[1]["pairs"])
        ],
        published=_published(measures, text_kinds, levels, words),
        citation=read_published()["citation"],
    )


def _sources(graph: "KnowledgeGraph", measures: Measures) -> list[SourceLine]:
    lines = []
    for source in graph.sources().to_pylist():
        name = source["source"]
        images = measures.images[name]
        words = measures.words.get(name)
        missing = {what: lacking[name] / images if images else 0.0 for what, lacking in measures.missing.items()}
        lines.append(
            SourceLine(
                name=name,
                licence=source["licence"] or "not stated",
                citation=source["citation"] or "",
                images=images,
                pairs=measures.pairs[name],
                caption_words=words.mean if words else None,
                missing=missing,
            )
        )
    return sorted(lines, key=lambda line: -line.images)


def _licences(sources: list[SourceLine]) -> list[Count]:
    names = dict.fromkeys(source.licence for source in sources)
    counts = [
        Count(
            name,
            sum(source.images for source in sources if source.licence == name),
            sum(source.pairs for source in sources if source.licence == name),
        )
        for name in names
    ]
    return sorted(counts, key=lambda count: -count.images)


def _level(ontology: "Ontology", number: int, of_term: dict[str, dict[str, Any]]) -> Level:
    terms = [term for term in ontology.terms("disease") if term.level == number]
    counted = [(term.label, of_term[term.curie]) for term in terms if term.curie in of_term]
    found = [Count(label, row["images"], row["pairs"]) for label, row in counted]
    return Level(number, len(terms), sorted(found, key=_falling))


def _most(measures: Measures, relation: Relation) -> list[Count]:
    tally = measures.terms.get(relation, Tally())
    return [Count(name, images, pairs) for name, pairs, images in tally.rows()[:_TOP]]


def _in_order(counts: pa.Table, names: list[str]) -> list[Count]:
    of = {row["value"]: row for row in counts.to_pylist()}
    return [Count(name, of[name]["images"], of[name]["pairs"]) for name in names if name in of]


def _tones(counts: pa.Table, ontology: "Ontology") -> list[Tones]:
    """For each scale the images of each tone, in all and in each level-1 group."""
    by_tone = count_by(counts, Facet.TONE, Relation.DEPICTS)
    images = {(row["term"], row["value"]): row["images"] for row in by_tone.to_pylist()}
    toned = count_by(counts, Facet.ALL, Relation.HAS_SKIN_TONE)
    every = dict(zip(toned["term"].to_pylist(), toned["images"].to_pylist(), strict=True))
    groups = [term for term in ontology.terms("disease") if term.level == 1]
    found = []
    for scale in (term for term in ontology.terms("tone") if ontology.children(term)):
        tones = sorted(ontology.children(scale), key=lambda tone: tone.curie)
        rows = [(group.label, [images.get((group.curie, tone.curie), 0) for tone in tones]) for group in groups]
        rows = sorted((row for row in rows if any(row[1])), key=lambda row: -sum(row[1]))
        if any(every.get(tone.curie) for tone in tones):
            labels = [tone.label.removeprefix(scale.label).strip() for tone in tones]
            found.append(Tones(scale.label, labels, [every.get(tone.curie, 0) for tone in tones], rows))
    return found


def _published(measures: Measures, kinds: list[Count], levels: list[Level], words: Lengths) -> list[Figure]:
    of_kind = {count.name: count.pairs for count in kinds}
    here = {
        "pairs": measures.pairs.total(),
        "images": measures.images.total(),
        "captions": of_kind.get(TextKind.CAPTION.value, 0),
        "ontology_sentences": of_kind.get(TextKind.ONTOLOGY.value, 0),
        "concept_sentences": of_kind.get(TextKind.CONCEPT.value, 0),
        "conditions": len(levels[3].classes),
        "concepts": sum(
            len(measures.terms[said].images)
            for said in (Relation.SHOWS, Relation.HAS_SYMPTOM)
            if said in measures.terms
        ),
        "levels": sum(bool(level.classes) for level in levels),
        "mean_caption_words": words.mean,
    }
    figures: dict[str, float] = read_published()["figures"]
    return [Figure(name.replace("_", " "), value, here[name]) for name, value in figures.items()]


def _add_up(lengths: Iterable[Lengths]) -> Lengths:
    total = Lengths()
    for each in lengths:
        total.counts += each.counts
    return total


def _length(lengths: Lengths, edges: tuple[int, ...], context: int | None = None) -> Length:
    return Length(
        texts=lengths.total,
        mean=lengths.mean,
        median=lengths.quantile(0.5),
        p95=lengths.quantile(0.95),
        beyond_model=lengths.beyond(context) if context else None,
        histogram=lengths.histogram(edges),
    )


def _falling(count: Count) -> tuple[int, str]:
    return -count.images, count.name
