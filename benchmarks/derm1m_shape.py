"""Rows shaped like Derm1M's: its columns, text lengths and label frequencies, composed from the project's ontology."""

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kg.ontology import Ontology, Term

HEADER = (
    "filename",
    "caption",
    "truncated_caption",
    "source",
    "source_type",
    "disease_label",
    "hierarchical_disease_label",
    "skin_concept",
    "body_location",
    "symptoms",
    "age",
    "gender",
)
_SHAPE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_SENTENCES: dict[str, list[str]] = _SHAPE["sentence"]
FULL_SIZE: int = _SHAPE["images"]
_TRUNCATED = 60  # words
_SPREAD = 0.6  # of the logarithm of a caption's length

Row = tuple[str, ...]


def write_rows(out: Path, images: int, ontology: Ontology, seed: int = 0) -> int:
    """Write a table of so many rows and return the number of pairs that they make: captions and two kinds of sentences.

    The same ontology, size and seed give the same bytes.
    """
    rng = np.random.default_rng(seed)
    concepts = round(images * _SHAPE["with_concepts"] / FULL_SIZE)
    vocabulary = _Vocabulary.of(ontology)
    made = [
        row
        for count, described in ((concepts, True), (images - concepts, False))
        for row in _repeated(list(_compose(vocabulary, count, described, rng)), rng)
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        order = enumerate(rng.permutation(images).tolist())
        writer.writerows((f"youtube/video_{number:06}.jpg", *made[place]) for number, place in order)
    return 2 * images + concepts


@dataclass(frozen=True)
class _Vocabulary:
    """The names to write, the commonest first; the path of a disease is the names of its groups and its own."""

    diseases: Sequence[str]
    findings: Sequence[str]
    sites: Sequence[str]
    symptoms: Sequence[str]
    paths: dict[str, str]

    @classmethod
    def of(cls, ontology: Ontology) -> "_Vocabulary":
        rng = np.random.default_rng(0)
        diseases = [term for term in ontology.terms("disease") if term.level in (3, 4)]
        taken = {name.casefold() for term in ontology.terms("disease") for name in _names(term)}

        def shuffled(terms: Sequence[Term]) -> list[str]:
            return [terms[place].label for place in rng.permutation(len(terms))]

        def unlike_a_disease(kind: str) -> list[str]:
            terms = [term for term in ontology.terms(kind) if not ontology.children(term)]
            return shuffled([term for term in terms if term.label.casefold() not in taken])

        paths = {term.label: ", ".join(step.label for step in ontology.path(term)) for term in diseases}
        return cls(shuffled(diseases), *map(unlike_a_disease, ("finding", "site", "symptom")), paths)


def _names(term: Term) -> list[str]:
    return [term.label, *(synonym.text for synonym in term.synonyms)]


def _compose(vocabulary: _Vocabulary, count: int, described: bool, rng: np.random.Generator) -> Iterator[Row]:
    """Rows without their file name; `described` ones have findings, and some of them sites, symptoms, age and sex."""
    labels = _zipf(rng, len(vocabulary.diseases), _SHAPE["label_exponent"], (count, 3))
    findings = _zipf(rng, len(vocabulary.findings), _SHAPE["finding_exponent"], (count, 4))
    sites = _zipf(rng, len(vocabulary.sites), 1, (count,))
    symptoms = _zipf(rng, len(vocabulary.symptoms), 1, (count,))
    lengths = rng.lognormal(np.log(_SHAPE["words"]) - _SPREAD**2 / 2, _SPREAD, count)
    picks = rng.integers(1 << 30, size=(count, 40), dtype=np.int32)
    always = ("named_in_caption", "second_label", "differential")
    where_described = ("negated", "sited", "symptomatic", "aged")
    lucky = {name: rng.random(count) < _SHAPE[name] for name in always}
    lucky |= {name: (rng.random(count) < _SHAPE[name]) & described for name in where_described}
    for row in range(count):
        has = {name: bool(drawn[row]) for name, drawn in lucky.items()}
        diseases = _distinct(vocabulary.diseases, labels[row, : 1 + has["second_label"]])
        shown = _distinct(vocabulary.findings, findings[row, : 1 + picks[row, 0] % 3]) if described else []
        site = vocabulary.sites[sites[row]] if has["sited"] else ""
        symptom = vocabulary.symptoms[symptoms[row]] if has["symptomatic"] else ""
        said = {
            "disease": diseases[0] if has["named_in_caption"] else "",
            "findings": ", ".join(shown),
            "site": site,
            "negated": vocabulary.findings[findings[row, 3]] if has["negated"] else "",
            "symptom": symptom,
            "differential": vocabulary.diseases[labels[row, 2]] if has["differential"] else "",
        }
        caption = _caption(said, lengths[row], cycle(picks[row, 2:].tolist()))
        yield (
            caption,
            " ".join(caption.split()[:_TRUNCATED]),
            "youtube",
            "edu",
            ", ".join(diseases),
            vocabulary.paths[diseases[0]],
            ", ".join(shown) or "No visual concepts",
            site or "No body location information",
            symptom or "No symptom information",
            str(1 + picks[row, 1] % 89) if has["aged"] else "No age information",
            ("male", "female")[picks[row, 1] % 2] if has["aged"] else "No gender information",
        )


def _zipf(rng: np.random.Generator, size: int, exponent: float, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Places from 0, the first ones the likeliest: 1 / rank ** exponent."""
    weights = np.arange(1, size + 1) ** -float(exponent)
    return rng.choice(size, size=shape, p=weights / weights.sum())


def _distinct(names: Sequence[str], places: npt.NDArray[np.int64]) -> list[str]:
    return list(dict.fromkeys(names[place] for place in places))


def _caption(said: dict[str, str], length: float, picks: Iterator[int]) -> str:
    """A sentence for each thing that is said, between sentences that name no term, up to about so many words."""
    texts = [_pick(_SENTENCES[kind], picks).format(words) for kind, words in said.items() if words]
    words = sum(len(text.split()) for text in texts)
    while words < length or not texts:
        texts.append(_pick(_SENTENCES["filler"], picks))
        words += len(texts[-1].split())
    return " ".join(text[:1].upper() + text[1:] for text in texts)


def _pick(sentences: Sequence[str], picks: Iterator[int]) -> str:
    return sentences[next(picks) % len(sentences)]


def _repeated(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """The rows, the last of them replaced by repetitions of the first ones."""
    distinct = max(1, round(len(rows) * _SHAPE["distinct"]))
    again = rng.integers(distinct, size=max(0, len(rows) - distinct))
    return [*rows[:distinct], *(rows[place] for place in again)]
