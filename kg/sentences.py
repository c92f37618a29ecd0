"""Sentences rendered from the facts of an image: one that names the disease, and one that only describes it.

Their wording is `templates/sentences.toml`. Each clause is rendered once for each distinct combination of facts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.facets import Codes, gather
from kg.findings import say_findings
from kg.pairs import Relation
from kg.wording import read_templates, template

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

SENTENCES = pa.schema([pa.field("image", pa.string(), nullable=False), pa.field("text", pa.string(), nullable=False)])

_FIELD = "\x1e"
_Facts = list[dict[str, str]]  # what one image's facts say, by column


@dataclass(frozen=True)
class _Clause:
    """How the facts of some relations are said of one image; an empty text where there is nothing to say."""

    relations: tuple[Relation, ...]
    render: Callable[[_Facts], str]
    columns: tuple[str, ...] = ("relation", "term")
    ordered: bool = True


def ontology_sentences(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """A sentence for each image with a depicted disease: the most specific ones, their groups, tone and history.

    Takes `IMAGE_FACTS`, returns `SENTENCES`, in the order in which the images first appear.
    """
    words = read_templates("sentences.toml")["ontology"]

    def disease(said: _Facts) -> str:
        found = most_specific(ontology, [ontology.term(fact["term"]) for fact in said])
        return _render(words["disease"], diseases=[{"name": t.label, "groups": _groups(ontology, t)} for t in found])

    def tone(said: _Facts) -> str:
        return _render(words["tone"], tones=_by_scale(ontology, [ontology.term(fact["term"]) for fact in said]))

    def history(said: _Facts) -> str:
        items = [(fact["relation"], _history_item(ontology, fact, words["item"])) for fact in said]
        return _render(
            words["history"],
            has=[text for relation, text in items if relation != Relation.LACKS_HISTORY],
            lacks=[text for relation, text in items if relation == Relation.LACKS_HISTORY],
        )

    of_history = (Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF, Relation.LACKS_HISTORY)
    clauses = [
        _Clause((Relation.DEPICTS,), disease, ordered=False),
        _Clause((Relation.HAS_SKIN_TONE,), tone),
        _Clause(of_history, history, columns=("relation", "term", "value", "unit", "who")),
    ]
    depicted = facts.filter(pc.equal(facts["relation"], Relation.DEPICTS.value))["image"]
    return _sentences(facts.filter(pc.is_in(facts["image"], depicted.unique())), clauses)


def concept_sentences(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """A sentence for each image with findings, symptoms or sites: what is present, and what is said to be absent.

    It never names the disease: a finding that shares a name with a disease the image depicts is not said. Takes
    `IMAGE_FACTS`, returns `SENTENCES`, in the order in which the images first appear.
    """
    words = read_templates("sentences.toml")["concept"]

    def findings(said: _Facts) -> str:
        terms = _by_relation(ontology, said)
        things, qualities = _said(ontology, terms.get(Relation.SHOWS, []))
        return _render(
            words["findings"],
            shows=things or qualities,
            qualities=qualities if things else [],
            lacks=list(chain(*_said(ontology, terms.get(Relation.LACKS, [])))),
            may=list(chain(*_said(ontology, terms.get(Relation.MAY_SHOW, [])))),
            sites=[t.label for t in most_specific(ontology, terms.get(Relation.AT_SITE, []))],
        )

    def symptoms(said: _Facts) -> str:
        by_relation = _by_relation(ontology, said)
        return _render(
            words["symptoms"],
            has=[t.label for t in by_relation.get(Relation.HAS_SYMPTOM, [])],
            lacks=[t.label for t in by_relation.get(Relation.LACKS_SYMPTOM, [])],
        )

    clauses = [
        _Clause((Relation.SHOWS, Relation.LACKS, Relation.MAY_SHOW, Relation.AT_SITE), findings),
        _Clause((Relation.HAS_SYMPTOM, Relation.LACKS_SYMPTOM), symptoms),
    ]
    return _sentences(_without_leaks(facts, ontology), clauses)


def most_specific(ontology: "Ontology", terms: Sequence["Term"]) -> list["Term"]:
    """The terms without those that are an ancestor of another of them, in the same order."""
    if len(terms) < 2:
        return list(terms)
    above = {a.curie for t in terms for a in ontology.ancestors(t) if a.curie != t.curie}
    return [t for t in terms if t.curie not in above]


def _sentences(facts: pa.Table, clauses: Iterable[_Clause]) -> pa.Table:
    images = facts["image"].combine_chunks().dictionary_encode()
    rows = images.indices.to_numpy().astype(np.int64)
    texts = [_clause_texts(facts, rows, len(images.dictionary), clause) for clause in clauses]
    joined = pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*texts, ""))
    table = pa.Table.from_arrays([images.dictionary, joined], schema=SENTENCES)
    return table.filter(pc.not_equal(joined, ""))


def _clause_texts(facts: pa.Table, rows: Codes, count: int, clause: _Clause) -> pa.Array:
    """The clause's text and a space for each image; an empty text where there is nothing to say."""
    chosen = pc.is_in(facts["relation"], pa.array([r.value for r in clause.relations])).combine_chunks()
    said = facts.filter(chosen)
    columns = [said[name] for name in clause.columns]
    keys = pc.binary_join_element_wise(*columns, _FIELD, null_handling="replace", null_replacement="")
    facet = gather(rows[chosen.to_numpy(zero_copy_only=False)], keys, count, ordered=clause.ordered)

    def text(values: tuple[str, ...]) -> str:
        told = clause.render([dict(zip(clause.columns, value.split(_FIELD), strict=True)) for value in values])
        return f"{told} " if told else ""

    return facet.map(text, pa.string())


def _without_leaks(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """The facts without those of a finding or symptom that has a name of a disease that the same image depicts."""
    named: dict[str, set[str]] = {}
    for disease in ontology.terms("disease"):
        for name in _names(disease):
            named.setdefault(name, set()).update(t.curie for t in ontology.descendants(disease))
    giving_away = {
        concept.curie: diseases
        for concept in ontology.terms("finding", "symptom")
        if (diseases := set().union(*(named.get(name, set()) for name in _names(concept))))
    }
    suspects = np.flatnonzero(pc.is_in(facts["term"], pa.array(list(giving_away), pa.string())))
    depicted = facts.filter(pc.equal(facts["relation"], Relation.DEPICTS.value))
    telling = {
        f"{image}{_FIELD}{concept}"
        for concept, diseases in giving_away.items()
        for image in depicted.filter(pc.is_in(depicted["term"], pa.array(sorted(diseases))))["image"].to_pylist()
    }
    keys = pc.binary_join_element_wise(facts["image"].take(suspects), facts["term"].take(suspects), _FIELD)
    kept = np.ones(facts.num_rows, bool)
    kept[suspects] = ~np.asarray(pc.is_in(keys, pa.array(sorted(telling), pa.string())))
    return facts.filter(kept)


def _names(term: "Term") -> set[str]:
    return {term.label.casefold()} | {s.text.casefold() for s in term.synonyms if s.scope == "exact"}


def _render(source: str, **values: Any) -> str:
    return " ".join(template(source).render(values).split())


def _groups(ontology: "Ontology", term: "Term") -> list[str]:
    return [t.label for t in reversed(ontology.path(term)[:-1])] if term.level else []


def _by_relation(ontology: "Ontology", said: _Facts) -> dict[str, list["Term"]]:
    terms: dict[str, list[Term]] = {}
    for fact in said:
        terms.setdefault(fact["relation"], []).append(ontology.term(fact["term"]))
    return terms


def _by_scale(ontology: "Ontology", tones: Sequence["Term"]) -> list[list[str]]:
    scales: dict[tuple[str, ...], list[str]] = {}
    for tone in tones:
        scale = tuple(sorted(a.curie for a in ontology.ancestors(tone) if a.curie != tone.curie))
        scales.setdefault(scale, []).append(tone.label)
    return list(scales.values())


def _history_item(ontology: "Ontology", fact: dict[str, str], source: str) -> str:
    who = "" if fact["who"] == "patient" else fact["who"]
    return _render(source, label=ontology.term(fact["term"]).label, value=fact["value"], unit=fact["unit"], who=who)


def _said(ontology: "Ontology", seen: Sequence["Term"]) -> tuple[list[str], list[str]]:
    return say_findings(ontology, [t for t in most_specific(ontology, seen) if t.kind == "finding"])
