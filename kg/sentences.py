"""Sentences rendered from the facts of an image: one that names the disease, and one that only describes it.

Their wording is `templates/sentences.toml`. Each clause is rendered once for each distinct combination of facts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.facets import Codes, gather
from kg.findings import finding_vocabulary, say_findings
from kg.pairs import Relation
from kg.wording import read_templates, template

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

SENTENCES = pa.schema([pa.field("image", pa.string(), nullable=False), pa.field("text", pa.string(), nullable=False)])

Ancestry = Callable[["Term"], frozenset["Term"]]

_FIELD = "\x1e"
_SAID = ("relation", "term", "value", "unit", "who")


@dataclass(frozen=True)
class _Fact:
    """What a fact says, without its evidence; empty texts for what it does not say."""

    relation: str
    term: "Term"
    value: str = ""
    unit: str = ""
    who: str = ""


@dataclass(frozen=True)
class _Clause:
    """How the facts of some relations are said of one image; an empty text where there is nothing to say."""

    relations: tuple[Relation, ...]
    render: Callable[[Sequence[_Fact]], str]
    columns: tuple[str, ...] = _SAID[:2]
    ordered: bool = True


def ontology_sentences(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """A sentence for each image with a disease: the most specific ones, their groups, tone and history.

    What is only suspected is said, as such, where no disease is depicted.
    Takes `IMAGE_FACTS`, returns `SENTENCES`, in the order in which the images first appear.
    """
    words = read_templates("sentences.toml")["ontology"]
    above = ancestry(ontology)

    @cache
    def named(disease: "Term") -> dict[str, Any]:
        groups = reversed(ontology.path(disease)[:-1]) if disease.level else ()
        return {"name": disease.label, "groups": [group.label for group in groups]}

    @cache
    def item(fact: _Fact) -> str:
        who = "" if fact.who == "patient" else fact.who
        return _render(words["item"], label=fact.term.label, value=fact.value, unit=fact.unit, who=who)

    def disease(said: Sequence[_Fact]) -> str:
        return _render(words["disease"], diseases=list(map(named, most_specific([f.term for f in said], above))))

    def suspicion(said: Sequence[_Fact]) -> str:
        return _render(words["suspicion"], diseases=[d.label for d in most_specific([f.term for f in said], above)])

    def tone(said: Sequence[_Fact]) -> str:
        scales: dict[frozenset[Term], list[str]] = {}
        for fact in said:
            scales.setdefault(above(fact.term), []).append(fact.term.label)
        return _render(words["tone"], tones=list(scales.values()))

    def history(said: Sequence[_Fact]) -> str:
        has = [item(fact) for fact in said if fact.relation != Relation.LACKS_HISTORY]
        lacks = [item(fact) for fact in said if fact.relation == Relation.LACKS_HISTORY]
        return _render(words["history"], has=has, lacks=lacks)

    clauses = [
        _Clause((Relation.DEPICTS,), disease, ordered=False),
        _Clause((Relation.SUSPECTS,), suspicion, ordered=False),
        _Clause((Relation.HAS_SKIN_TONE,), tone),
        _Clause((Relation.HAS_HISTORY, Relation.HAS_HISTORY_OF, Relation.LACKS_HISTORY), history, columns=_SAID),
    ]
    depicted, suspected = (
        pc.equal(facts["relation"], relation.value) for relation in (Relation.DEPICTS, Relation.SUSPECTS)
    )
    settled = pc.is_in(facts["image"], facts["image"].filter(depicted).unique())
    facts = facts.filter(pc.invert(pc.and_(suspected, settled)))
    told = pc.is_in(facts["relation"], pa.array([Relation.DEPICTS.value, Relation.SUSPECTS.value]))
    return _sentences(facts.filter(pc.is_in(facts["image"], facts["image"].filter(told).unique())), ontology, clauses)


def concept_sentences(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """A sentence for each image with findings, symptoms or sites: what is present, and what is said to be absent.

    It never names the disease: a finding that shares a name with a disease the image depicts is not said. Takes
    `IMAGE_FACTS`, returns `SENTENCES`, in the order in which the images first appear.
    """
    words = read_templates("sentences.toml")["concept"]
    above, vocabulary = ancestry(ontology), finding_vocabulary(ontology)

    def phrases(said: Sequence[_Fact], relation: Relation, articles: bool = True) -> tuple[list[str], list[str]]:
        seen = [term for term in _terms(said, relation) if term.kind == "finding"]
        return say_findings(most_specific(seen, above), vocabulary, articles=articles)

    def findings(said: Sequence[_Fact]) -> str:
        things, qualities = phrases(said, Relation.SHOWS)
        return _render(
            words["findings"],
            shows=things or qualities,
            qualities=qualities if things else [],
            lacks=list(chain(*phrases(said, Relation.LACKS, articles=False))),
            may=list(chain(*phrases(said, Relation.MAY_SHOW))),
            sites=[site.label for site in most_specific(_terms(said, Relation.AT_SITE), above)],
        )

    def symptoms(said: Sequence[_Fact]) -> str:
        has = [term.label for term in _terms(said, Relation.HAS_SYMPTOM)]
        return _render(words["symptoms"], has=has, lacks=[term.label for term in _terms(said, Relation.LACKS_SYMPTOM)])

    clauses = [
        _Clause((Relation.SHOWS, Relation.LACKS, Relation.MAY_SHOW, Relation.AT_SITE), findings),
        _Clause((Relation.HAS_SYMPTOM, Relation.LACKS_SYMPTOM), symptoms),
    ]
    return _sentences(_without_leaks(facts, ontology), ontology, clauses)


def ancestry(ontology: "Ontology") -> Ancestry:
    """A function that gives what stands above a term, the term itself left out, and remembers it."""
    return cache(lambda term: frozenset(ontology.ancestors(term)) - {term})


def most_specific(terms: Sequence["Term"], above: Ancestry) -> list["Term"]:
    """The terms without those that stand above another of them, in the same order."""
    if len(terms) < 2:
        return list(terms)
    broader = frozenset().union(*map(above, terms))
    return [term for term in terms if term not in broader]


def _sentences(facts: pa.Table, ontology: "Ontology", clauses: Iterable[_Clause]) -> pa.Table:
    images = facts["image"].combine_chunks().dictionary_encode()
    rows = images.indices.to_numpy().astype(np.int64)
    texts = [_clause_texts(facts, rows, len(images.dictionary), ontology, clause) for clause in clauses]
    joined = pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*texts, ""))
    table = pa.Table.from_arrays([images.dictionary, joined], schema=SENTENCES)
    return table.filter(pc.not_equal(joined, ""))


def _clause_texts(facts: pa.Table, rows: Codes, count: int, ontology: "Ontology", clause: _Clause) -> pa.Array:
    """The clause's text and a space for each image; an empty text where there is nothing to say."""
    chosen = np.asarray(pc.is_in(facts["relation"], pa.array([r.value for r in clause.relations])))
    columns = [facts[name].filter(chosen) for name in clause.columns]
    keys = pc.binary_join_element_wise(*columns, _FIELD, null_handling="replace", null_replacement="")
    facet = gather(rows[chosen], keys, count, ordered=clause.ordered)

    @cache
    def fact(key: str) -> _Fact:
        relation, curie, *more = key.split(_FIELD)
        return _Fact(relation, ontology.term(curie), *more)

    def text(keys: tuple[str, ...]) -> str:
        told = clause.render([fact(key) for key in keys]) if keys else ""
        return f"{told} " if told else ""

    return facet.map(text, pa.string())


def _without_leaks(facts: pa.Table, ontology: "Ontology") -> pa.Table:
    """The facts without those of a finding or symptom that has a name of a disease that the same image depicts."""
    named: dict[str, set[str]] = {}
    for disease in ontology.terms("disease"):
        for name in _names(disease):
            named.setdefault(name, set()).add(disease.curie)
    giving_away = {
        concept.curie: {term.curie for disease in diseases for term in ontology.descendants(disease)}
        for concept in ontology.terms("finding", "symptom")
        if (diseases := set[str]().union(*(named.get(name, set()) for name in _names(concept))))
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


def _terms(said: Sequence[_Fact], relation: Relation) -> list["Term"]:
    return [fact.term for fact in said if fact.relation == relation]


def _render(source: str, **values: Any) -> str:
    return " ".join(template(source).render(values).split())
