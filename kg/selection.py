"""Which pairs are meant, said once: used by exports, training and evaluation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.facets import Codes, locate
from kg.groups import Groups
from kg.pairs import IMAGES, PAIRS, TextKind
from kg.split_file import SplitFile, read_split_file
from kg.splits import SHARES, SPLITS, assign, check_shares
from kg.tables import read_shard_table, read_table, shard_names
from kg.wanted import DEPICTED, FIELDS, TONED, Wanted, at_or_below, find_any, resolve
from kg.wording import counted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

FACT_COLUMNS = ["image", "relation", "term", "who"]
"""What is read of the facts."""

_IMAGE_COLUMNS = ("root", "path", "available", "modality", "patient", "lesion", "case", "age", "sex", "source_split")

SELECTED = pa.schema(
    [
        *PAIRS,
        *(IMAGES.field(name) for name in _IMAGE_COLUMNS),
        pa.field("group", pa.string(), nullable=False),  # what splits do not divide
        pa.field("split", pa.string()),  # train, val or test; null where the source that decides says nothing
    ]
)


@dataclass(frozen=True)
class Found:
    """The pairs of a shard that a selection means, and their images, each once."""

    pairs: pa.Table  # PAIRS, in the order of the graph
    images: pa.Table  # IMAGES with `group` and `split`; an image none of whose pairs is meant may be among them
    place: Codes  # (pairs,) row of each pair's image
    facts: pa.Table  # at least FACT_COLUMNS of IMAGE_FACTS; of other images too


@dataclass(frozen=True)
class Selection:
    """Which pairs are meant: within a field any of its values, between fields all of them; an empty field says nothing.

    Terms are named by label, synonym, CURIE or IRI and stand for themselves and all below: subtypes of a disease, what
    a reasoner places in a defined class, parts of a site. "no itch" asks for what is said to be absent. A skin tone may
    be written `fitzpatrick:V` or `monk:8`. In the history a disease, or "history of" it, is one that the patient or
    the family has had; "family history of" and "personal history of" ask whose it is. `confirmed_by` asks how a
    depicted disease was confirmed, one of `diseases` where they are given. `min_tone_annotators` asks for as many who
    have told a tone, one of `skin_tones` where they are given; who is not named counts as one.
    """

    diseases: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    skin_tones: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    age: tuple[float | None, float | None] = (None, None)  # years, both included
    sex: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    text_kinds: tuple[str, ...] = ()  # a TextKind
    split: str | None = None
    split_by: Literal["group", "source"] = "group"
    seed: int = 0
    shares: tuple[float, ...] = SHARES
    available_only: bool = False
    confirmed_by: tuple[str, ...] = ()
    min_tone_annotators: int = 0
    split_file: Path | None = None  # of `kg.split_file`: its groups have the split that it says

    def __post_init__(self) -> None:
        check_shares(self.shares)
        if self.split is not None and self.split not in SPLITS:
            raise InputError(f"there is no split '{self.split}': choose from {', '.join(SPLITS)}")
        if self.split_by not in ("group", "source"):
            raise InputError(f"splits go by 'group' or by 'source', not by '{self.split_by}'")
        low, high = self.age
        if low is not None and high is not None and low > high:
            raise InputError(f"no age is from {low:g} to {high:g} years: give the lower one first")
        if self.min_tone_annotators < 0:
            raise InputError(f"{counted(self.min_tone_annotators, 'annotator')} of the skin tone: ask for 0 or more")
        kinds = [kind.value for kind in TextKind]
        if wrong := [kind for kind in self.text_kinds if kind not in kinds]:
            raise InputError(f"there is no kind of text '{wrong[0]}': choose from {', '.join(kinds)}")

    @classmethod
    def parse(
        cls,
        *,
        disease: Sequence[str] = (),
        concept: Sequence[str] = (),
        site: Sequence[str] = (),
        skin_tone: Sequence[str] = (),
        history: Sequence[str] = (),
        symptom: Sequence[str] = (),
        age: str | None = None,
        sex: Sequence[str] = (),
        modality: Sequence[str] = (),
        source: Sequence[str] = (),
        text_kind: Sequence[str] = (),
        split: str | None = None,
        split_by: Literal["group", "source"] = "group",
        seed: int = 0,
        shares: str | None = None,
        available_only: bool = False,
        confirmed_by: Sequence[str] = (),
        min_tone_annotators: int = 0,
        split_file: Path | None = None,
    ) -> "Selection":
        """A selection from the words of a command line.

        `fitzpatrick:V,VI` are two tones; sexes, modalities, sources and kinds of text may be joined by commas; an age
        is `40-60`, `40-`, `-60` or `40`; a kind of text may be said by its first word. Raises `InputError`.
        """
        kinds = {kind.slug: kind.value for kind in TextKind}
        return cls(
            diseases=tuple(disease),
            concepts=tuple(concept),
            sites=tuple(site),
            skin_tones=tuple(tone for text in skin_tone for tone in _parse_tones(text)),
            history=tuple(history),
            symptoms=tuple(symptom),
            age=_parse_age(age),
            sex=_split(sex),
            modality=_split(modality),
            sources=_split(source),
            text_kinds=tuple(kinds.get(kind, kind) for kind in _split(text_kind)),
            split=split,
            split_by=split_by,
            seed=seed,
            shares=_parse_shares(shares) if shares else SHARES,
            available_only=available_only,
            confirmed_by=_split(confirmed_by),
            min_tone_annotators=min_tone_annotators,
            split_file=split_file,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields that say something, with the seed and shares of the splits unless a file has them."""
        splits = ("seed", "shares", "split_by")
        always = () if self.split_file else splits
        return {
            name: list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
            for name, value in asdict(self).items()
            if name in always or (name not in splits and value not in ((), (None, None), None, False))
        }

    def apply(self, graph: "KnowledgeGraph") -> pa.Table:
        """The pairs that are meant with what is known of their images, as `SELECTED`, in the order of the graph.

        Raises `UnknownTerm` for a name that the ontology does not know, `InputError` for a term of another kind and
        for a source, sex or modality that no image of the graph has.
        """
        columns = [name for name in SELECTED.names if name not in PAIRS.names]
        parts = [SELECTED.empty_table()]
        for found in self.find(graph):
            known = found.images.select(columns).take(pa.array(found.place))
            parts.append(pa.table([*found.pairs.columns, *known.columns], schema=SELECTED))
        return pa.concat_tables(parts)

    def to_sparql(self, ontology: "Ontology") -> str:
        """The selection as a SPARQL query of `?id`, the ids of the pairs. Raises InputError for one of a split."""
        from kg.selection_queries import to_sparql

        return to_sparql(self, ontology)

    def to_cypher(self, ontology: "Ontology") -> str:
        """The selection as a Cypher query of `id`, the ids of the pairs. Raises InputError for one of a split."""
        from kg.selection_queries import to_cypher

        return to_cypher(self, ontology)

    def find(self, graph: "KnowledgeGraph", *, evidence: bool = False) -> Iterator[Found]:
        """The pairs that are meant and their images, each once, shard by shard.

        Facts come as FACT_COLUMNS, with their `evidence` as the whole of IMAGE_FACTS. Raises as `apply` does.
        """
        wanted = {name: self._wanted(graph, name) for name in FIELDS if getattr(self, name)}
        self._check_values(graph)
        splits = read_split_file(self.split_file) if self.split_file else None
        groups = Groups.of_graph(graph)
        asked = ["confirmed_by", "annotator"] if self.confirmed_by or self.min_tone_annotators else []
        columns = None if evidence else [*FACT_COLUMNS, *asked]
        for name in shard_names(graph.folder):
            images = self._images(read_shard_table(graph.folder, name, "images"), groups, splits)
            pairs = read_shard_table(graph.folder, name, "pairs")
            facts = read_shard_table(graph.folder, name, "facts", columns)
            place = locate(pairs["image"], images["image"])
            meant = place >= 0
            if self.text_kinds:
                meant &= np.asarray(pc.is_in(pairs["text_kind"], pa.array(self.text_kinds)))
            if wanted or asked:
                meant &= np.append(self._said(images, facts, wanted), False)[place]
            if meant.all():
                yield Found(pairs, images, place, facts)
            else:
                yield Found(pairs.filter(meant), images, place[meant], facts)

    def _said(self, images: pa.Table, facts: pa.Table, wanted: dict[str, list[Wanted]]) -> npt.NDArray[np.bool_]:
        """Of which images the facts say what is wanted."""
        image = locate(facts["image"], images["image"])
        facts, image = facts.filter(image >= 0), image[image >= 0]
        said = np.ones(images.num_rows, bool)
        for name, field in wanted.items():
            rows = find_any(facts, field)
            if name == "diseases" and self.confirmed_by:
                rows &= self._confirmed(facts)
            said &= _marked(image[rows], len(said))
        if self.confirmed_by and not self.diseases:
            said &= _marked(image[find_any(facts, DEPICTED) & self._confirmed(facts)], len(said))
        if self.min_tone_annotators:
            rows = find_any(facts, wanted.get("skin_tones", TONED))
            annotators = pc.fill_null(facts["annotator"], "").combine_chunks().dictionary_encode()
            told = np.unique(np.stack([image[rows], annotators.indices.to_numpy()[rows]]), axis=1)[0]
            said &= np.bincount(told, minlength=len(said)) >= self.min_tone_annotators
        return said

    def _confirmed(self, facts: pa.Table) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.fill_null(pc.is_in(facts["confirmed_by"], pa.array(self.confirmed_by)), False))

    def _check_values(self, graph: "KnowledgeGraph") -> None:
        asked = {"source": self.sources, "sex": self.sex, "modality": self.modality}
        if any(asked.values()):
            images = graph.images(columns=list(asked))
            for name, allowed in asked.items():
                _check_values(images, name, allowed, "image")
        if self.confirmed_by:
            _check_values(
                read_table(graph.folder, "facts", ["confirmed_by"]), "confirmed_by", self.confirmed_by, "fact"
            )

    def _images(self, images: pa.Table, known: Groups, split_file: SplitFile | None) -> pa.Table:
        """The images that are meant, with their group and split."""
        for name, allowed in (("source", self.sources), ("sex", self.sex), ("modality", self.modality)):
            if allowed:
                images = images.filter(pc.is_in(images[name], pa.array(allowed)))
        low, high = self.age
        if low is not None:
            images = images.filter(pc.greater_equal(images["age"], low))
        if high is not None:
            images = images.filter(pc.less_equal(images["age"], high))
        if self.available_only:
            images = images.filter(images["available"])
        groups = known.find(images)
        by_group = assign(groups, self.seed, self.shares).cast(pa.string())
        if split_file:
            by_group = pc.coalesce(*map(split_file.look_up, known.aliases(images)), by_group)
        splits = by_group if self.split_by == "group" else images["source_split"]
        images = images.append_column("group", groups).append_column("split", splits)
        return images.filter(pc.equal(images["split"], self.split)) if self.split else images

    def _wanted(self, graph: "KnowledgeGraph", field: str) -> list[Wanted]:
        closure = graph.closure(columns=["term", "ancestor"])
        return [
            Wanted(relations, at_or_below(closure, term) if term else None, who)
            for name in getattr(self, field)
            for relations, term, who in resolve(graph.ontology, field, name)
        ]


def _marked(rows: Codes, count: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(count, bool)
    mask[rows] = True
    return mask


_SAID = {"confirmed_by": "is confirmed by"}


def _check_values(table: pa.Table, name: str, allowed: Sequence[str], what: str) -> None:
    present = pc.unique(table[name]).drop_null().to_pylist() if allowed else []
    if wrong := [value for value in allowed if value not in present]:
        there = ", ".join(sorted(present)) or "none"
        said = _SAID.get(name, f"has the {name.replace('_', ' ')}")
        raise InputError(f"no {what} {said} '{wrong[0]}': the graph has {there}")


def _split(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _parse_tones(text: str) -> list[str]:
    scale, colon, values = text.partition(":")
    if not colon or scale.upper() == "DERM" or "/" in values:
        return [text]
    return [f"{scale.strip()}:{value}" for value in _split([values])]


def _parse_age(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return (None, None)
    number = r"\d+(?:\.\d+)?"
    found = re.fullmatch(rf"\s*(?P<low>{number})?\s*(?P<dash>[-–])?\s*(?P<high>{number})?\s*", text)
    if not found or not (found["low"] or found["high"]) or (found["low"] and found["high"] and not found["dash"]):
        raise InputError(f"'{text}' is no age: write years as 40-60, 40-, -60 or 40")
    low, high = (float(found[name]) if found[name] else None for name in ("low", "high"))
    return (low, high) if found["dash"] else (low, low)


def _parse_shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"'{text}' are no shares: write three numbers such as 0.8,0.1,0.1") from None
