"""Labels that their captions hardly ever mention: a labeller's default, or a column beside the wrong text."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from kg.lexicon import Lexicon
from kg.ontology import Ontology, Term
from kg.pairs import Relation

_BROADEST = 3  # level of the broadest group that a caption may name in place of the label


@dataclass(frozen=True)
class SuspiciousLabel:
    """A condition that columns give to `images` with a caption; the captions of `mentioned` of them name it."""

    term: Term
    images: int
    mentioned: int
    usual: float  # share of the images of all labels whose captions name their label

    @property
    def share(self) -> float:
        return self.mentioned / self.images


def suspicious_labels(
    facts: pa.Table, captions: pa.Table, ontology: Ontology, *, least: int = 20, most: float = 0.25
) -> list[SuspiciousLabel]:
    """The labels of at least `least` images whose captions name them at most `most` times as often as is usual.

    `facts` are those of images (IMAGE_FACTS), `captions` the texts (CAPTIONS). A caption names a label where it names
    the condition, a kind of it, or a condition or group of level 3 or 4 that it is a kind of; how it holds does not
    matter. The labels of the most images come first. Where captions name no label at all, none is suspicious.
    """
    named = _named(captions, ontology)
    spoken = set(captions["column"].unique().to_pylist())
    labelled: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    depicts = facts.filter(pc.equal(facts["relation"], Relation.DEPICTS.value))
    rows = depicts.select(["image", "term", "column"]).to_pylist()
    for image, curie in {(row["image"], row["term"]) for row in rows if row["column"] not in spoken}:
        if image in named:
            labelled[curie] += 1
            mentioned[curie] += not _related(curie, ontology).isdisjoint(named[image])
    total = sum(labelled.values())
    usual = sum(mentioned.values()) / total if total else 0.0
    found = [
        SuspiciousLabel(ontology.term(curie), images, mentioned[curie], usual)
        for curie, images in labelled.items()
        if images >= least and mentioned[curie] / images < most * usual
    ]
    return sorted(found, key=lambda each: (-each.images, each.term.label))


def _named(captions: pa.Table, ontology: Ontology) -> Mapping[str, set[str]]:
    """The diseases that the captions of each image name; images without a caption are not among them."""
    encoded = captions["text"].combine_chunks().dictionary_encode()
    diseases = [
        {mention.term.curie for mention in mentions}
        for mentions in Lexicon(ontology, "disease").find(encoded.dictionary.to_pylist())
    ]
    named: dict[str, set[str]] = defaultdict(set)
    for image, place in zip(captions["image"].to_pylist(), encoded.indices.to_pylist(), strict=True):
        named[image] |= diseases[place]
    return named


def _related(curie: str, ontology: Ontology) -> set[str]:
    broader = {term.curie for term in ontology.ancestors(curie) if (term.level or 0) >= _BROADEST}
    return {curie, *broader, *(term.curie for term in ontology.descendants(curie))}
