"""Which pairs are meant, said once: used by exports, training and evaluation."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError, UnknownTerm
from kg.facets import locate
from kg.pairs import IMAGES, PAIRS, Relation, TextKind
from kg.splits import SHARES, SPLITS, assign, check_shares, group_keys

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology, Term

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
class _Field:
    """How a field of terms is looked up in the facts."""

    kinds: tuple[str, ...]
    present: tuple[Relation, ...]
    absent: tuple[Relation, ...] = ()  # what "no …" asks for


_FIELDS = {
    "diseases": _Field(("disease", "defined"), (Relation.DEPICTS,), (Relation.RULES_OUT,)),
    "concepts": _Field(
        ("finding", "artifact", "symptom"),
        (Relation.SHOWS, Relation.HAS_SYMPTOM),
        (Relation.LACKS, Relation.LACKS_SYMPTOM),
    ),
    "sites": _Field(("site",), (Relation.AT_SITE,)),
    "skin_tones": _Field(("tone",), (Relation.HAS_SKIN_TONE,)),
    "history": _Field(
        ("history", "disease", "defined"),
        (Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF),
        (Relation.LACKS_HISTORY,),
    ),
    "symptoms": _Field(("symptom",), (Relation.HAS_SYMPTOM,), (Relation.LACKS_SYMPTOM,)),
}
_NEGATED = re.compile(r"(?:no|without)\s+(?P<name>.+)", re.IGNORECASE)
_HISTORY_OF = re.compile(r"(?:(?P<whose>family|personal)\s+)?history\s+of\s+(?P<name>.+)", re.IGNORECASE)
_TONE = re.compile(r"(?P<scale>[a-z]+)\s*:\s*(?P<value>\w+)", re.IGNORECASE)
_WHO = {"family": "family", "personal": "patient"}  # as facts have it


@dataclass(frozen=True)
class Selection:
    """Which pairs are meant: within a field any of its values, between fields all of them; an empty field says nothing.

    Terms are named by label, synonym, CURIE or IRI and stand for themselves and all below: subtypes of a disease, what
    a reasoner places in a defined class, parts of a site. "no itch" asks for what is said to be absent. A skin tone may
    be written `fitzpatrick:V` or `monk:8`. In the history a disease, or "history of" it, is one that the patient or
    the family has had; "family history of" and "personal history of" ask whose it is.
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

    def __post_init__(self) -> None:
        check_shares(self.shares)
        if self.split is not None and self.split not in SPLITS:
            raise InputError(f"there is no split '{self.split}': choose from {', '.join(SPLITS)}")
        if self.split_by not in ("group", "source"):
            raise InputError(f"splits go by 'group' or by 'source', not by '{self.split_by}'")
        low, high = self.age
        if low is not None and high is not None and low > high:
            raise InputError(f"no age is from {low:g} to {high:g} years: give the lower one first")
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
        shares: str = "0.8,0.1,0.1",
        available_only: bool = False,
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
            shares=_parse_shares(shares),
            available_only=available_only,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields that say something, with the seed and shares of the splits, as plain values."""
        always = ("seed", "shares", "split_by")
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if name in always or value not in ((), (None, None), None, False)
        }

    def apply(self, graph: "KnowledgeGraph") -> pa.Table:
        """The pairs that are meant with what is known of their images, as `SELECTED`, in the order of the graph.

        Raises `UnknownTerm` for a name that the ontology does not know, `InputError` for a term of another kind and
        for a source, sex or modality that no image of the graph has.
        """
        wanted = {name: self._wanted(graph, name) for name in _FIELDS if getattr(self, name)}
        images = self._images(graph.images())
        pairs = graph.pairs()
        place = locate(pairs["image"], images["image"])
        meant = place >= 0
        if self.text_kinds:
            meant &= np.asarray(pc.is_in(pairs["text_kind"], pa.array(self.text_kinds)))
        if wanted:
            facts = graph.facts(columns=["pair", "relation", "term", "who"])
            row = locate(facts["pair"], pairs["pair"])
            for field in wanted.values():
                said = np.zeros(pairs.num_rows, bool)
                said[row[_any(facts, field)]] = True
                meant &= said
        if not meant.all():
            pairs, place = pairs.filter(meant), place[meant]
        found = images.select([name for name in SELECTED.names if name not in PAIRS.names]).take(place)
        return pa.table([*pairs.columns, *found.columns], schema=SELECTED)

    def _images(self, images: pa.Table) -> pa.Table:
        """The images that are meant, with their group and split."""
        for name, allowed in (("source", self.sources), ("sex", self.sex), ("modality", self.modality)):
            _check_values(images, name, allowed)
            if allowed:
                images = images.filter(pc.is_in(images[name], pa.array(allowed)))
        low, high = self.age
        if low is not None:
            images = images.filter(pc.greater_equal(images["age"], low))
        if high is not None:
            images = images.filter(pc.less_equal(images["age"], high))
        if self.available_only:
            images = images.filter(images["available"])
        groups = group_keys(images)
        by_group = assign(groups, self.seed, self.shares).cast(pa.string())
        splits = by_group if self.split_by == "group" else images["source_split"]
        images = images.append_column("group", groups).append_column("split", splits)
        return images.filter(pc.equal(images["split"], self.split)) if self.split else images

    def _wanted(self, graph: "KnowledgeGraph", field: str) -> "list[_Wanted]":
        closure = graph.closure(columns=["term", "ancestor"])
        return [
            _Wanted(relations, _at_or_below(closure, term) if term else None, who)
            for name in getattr(self, field)
            for relations, term, who in _resolve(graph.ontology, field, name)
        ]


@dataclass(frozen=True)
class _Wanted:
    relations: tuple[Relation, ...]
    terms: pa.Array | None  # None: whatever the term
    who: str | None  # None: whoever's history


def _any(facts: pa.Table, wanted: Sequence[_Wanted]) -> npt.NDArray[np.bool_]:
    """Which facts are one of those wanted."""
    mask = np.zeros(facts.num_rows, bool)
    for one in wanted:
        found = pc.is_in(facts["relation"], pa.array([relation.value for relation in one.relations]))
        if one.terms is not None:
            found = pc.and_(found, pc.is_in(facts["term"], one.terms))
        if one.who is not None:
            found = pc.and_(found, pc.fill_null(pc.equal(facts["who"], one.who), False))
        mask |= np.asarray(found)
    return mask


def _at_or_below(closure: pa.Table, term: "Term") -> pa.Array:
    below = closure.filter(pc.equal(closure["ancestor"], term.curie))["term"].combine_chunks()
    return pa.concat_arrays([below.cast(pa.string()), pa.array([term.curie])])


_Asked = tuple[tuple[Relation, ...], "Term | None", str | None]  # relations, term, whose history


def _resolve(ontology: "Ontology", field: str, name: str) -> list[_Asked]:
    """What a value of a field asks for; any of the answers will do."""
    how = _FIELDS[field]
    if field == "skin_tones" and (tone := _TONE.fullmatch(name.strip())) and tone["scale"].upper() != "DERM":
        return [(how.present, _tone(ontology, tone["scale"], tone["value"]), None)]
    asked: list[_Asked] = []
    if known := _known(ontology, name):
        asked.append((how.present, _of_kind(field, known), None))
    if field == "history":
        asked += _histories(ontology, known.label if known else name)
    if not asked and (negated := _NEGATED.fullmatch(name.strip())) and how.absent:
        asked.append((how.absent, _of_kind(field, ontology.term(negated["name"])), None))
    return asked or [(how.present, ontology.term(name), None)]


def _known(ontology: "Ontology", name: str) -> "Term | None":
    try:
        return ontology.term(name)
    except UnknownTerm:
        return None


def _histories(ontology: "Ontology", name: str) -> list[_Asked]:
    """What "family history" and "history of" a disease ask for beside a history factor of that name."""
    of = _HISTORY_OF.fullmatch(name.strip())
    if of and (disease := _known(ontology, of["name"])) and disease.kind in ("disease", "defined"):
        return [((Relation.HAS_HISTORY_OF,), disease, _WHO.get((of["whose"] or "").lower()))]
    whose = name.casefold().removesuffix(" history")
    return [((Relation.HAS_HISTORY_OF,), None, _WHO[whose])] if whose in _WHO else []


def _of_kind(field: str, term: "Term") -> "Term":
    kinds = _FIELDS[field].kinds
    if term.kind not in kinds:
        raise InputError(
            f"{term.label} ({term.curie}) cannot be selected by {field.replace('_', ' ')}: it is of the kind "
            f"'{term.kind}', and {' or '.join(kinds)} was expected"
        )
    return term


def _tone(ontology: "Ontology", scale: str, value: str) -> "Term":
    """The tone of a scale (by the first word of its label) that has a name ending in the value."""
    on_scale = [t for t in ontology.terms("tone") if t.label.split()[0].casefold() == scale.casefold()]
    for term in on_scale:
        names = [term.label, *(synonym.text for synonym in term.synonyms)]
        if value.casefold() in (name.split()[-1].casefold() for name in names):
            return term
    known = [t.label for t in on_scale] or sorted({t.label.split()[0] for t in ontology.terms("tone")})
    raise UnknownTerm(f"no skin tone is {scale}:{value}: the ontology has {', '.join(known)}")


def _check_values(images: pa.Table, name: str, allowed: Sequence[str]) -> None:
    present = pc.unique(images[name]).drop_null().to_pylist() if allowed else []
    if wrong := [value for value in allowed if value not in present]:
        raise InputError(f"no image has the {name} '{wrong[0]}': the graph has {', '.join(sorted(present)) or 'none'}")


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
