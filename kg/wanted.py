"""What a value of a selection asks of the facts: which relations, to which terms, of whose history."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError, UnknownTerm
from kg.pairs import Relation

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term


@dataclass(frozen=True)
class Field:
    """How a field of terms is looked up in the facts."""

    kinds: tuple[str, ...]
    present: tuple[Relation, ...]
    absent: tuple[Relation, ...] = ()  # what "no …" asks for


FIELDS = {
    "diseases": Field(("disease", "defined"), (Relation.DEPICTS,), (Relation.RULES_OUT,)),
    "concepts": Field(
        ("finding", "artifact", "symptom"),
        (Relation.SHOWS, Relation.HAS_SYMPTOM),
        (Relation.LACKS, Relation.LACKS_SYMPTOM),
    ),
    "sites": Field(("site",), (Relation.AT_SITE,)),
    "skin_tones": Field(("tone",), (Relation.HAS_SKIN_TONE,)),
    "history": Field(
        ("history", "disease", "defined"),
        (Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF),
        (Relation.LACKS_HISTORY,),
    ),
    "symptoms": Field(("symptom",), (Relation.HAS_SYMPTOM,), (Relation.LACKS_SYMPTOM,)),
}
_NEGATED = re.compile(r"(?:no|without)\s+(?P<name>.+)", re.IGNORECASE)
_HISTORY_OF = re.compile(r"(?:(?P<whose>family|personal)\s+)?history\s+of\s+(?P<name>.+)", re.IGNORECASE)
_TONE = re.compile(r"(?P<scale>[a-z]+)\s*:\s*(?P<value>\w+)", re.IGNORECASE)
_WHO = {"family": "family", "personal": "patient"}  # as facts have it


@dataclass(frozen=True)
class Wanted:
    """Facts of any of some relations, to any of some terms."""

    relations: tuple[Relation, ...]
    terms: pa.Array | None  # None: whatever the term
    who: str | None  # None: whoever's history


DEPICTED = [Wanted(FIELDS["diseases"].present, None, None)]
TONED = [Wanted(FIELDS["skin_tones"].present, None, None)]


def find_any(facts: pa.Table, wanted: Sequence[Wanted]) -> npt.NDArray[np.bool_]:
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


def at_or_below(closure: pa.Table, term: "Term") -> pa.Array:
    """The CURIEs of a term and all below it, by a closure that has `term` and `ancestor`."""
    below = closure.filter(pc.equal(closure["ancestor"], term.curie))["term"].combine_chunks()
    return pa.concat_arrays([below.cast(pa.string()), pa.array([term.curie])])


Asked = tuple[tuple[Relation, ...], "Term | None", str | None]  # relations, term, whose history


def resolve(ontology: "Ontology", field: str, name: str) -> list[Asked]:
    """What a value of a field asks for; any of the answers will do."""
    how = FIELDS[field]
    if field == "skin_tones" and (tone := _TONE.fullmatch(name.strip())) and tone["scale"].upper() != "DERM":
        return [(how.present, _tone(ontology, tone["scale"], tone["value"]), None)]
    asked: list[Asked] = []
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


def _histories(ontology: "Ontology", name: str) -> list[Asked]:
    """What "family history" and "history of" a disease ask for beside a history factor of that name."""
    of = _HISTORY_OF.fullmatch(name.strip())
    if of and (disease := _known(ontology, of["name"])) and disease.kind in ("disease", "defined"):
        return [((Relation.HAS_HISTORY_OF,), disease, _WHO.get((of["whose"] or "").lower()))]
    whose = name.casefold().removesuffix(" history")
    return [((Relation.HAS_HISTORY_OF,), None, _WHO[whose])] if whose in _WHO else []


def _of_kind(field: str, term: "Term") -> "Term":
    kinds = FIELDS[field].kinds
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
