"""A selection as one query: the pairs that it means, by SPARQL and by Cypher, with the same rows as `Selection.apply`.

Splits are no part of the graph: they are cut by a hash of the group when pairs are read (`kg.splits`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import InputError
from kg.pairs import Relation
from kg.property_graph import EDGES
from kg.queries import quote_cypher, quote_sparql
from kg.wanted import FIELDS, resolve

if TYPE_CHECKING:
    from kg.ontology import Ontology
    from kg.selection import Selection


@dataclass(frozen=True)
class _Wish:
    """Facts of any of some relations, to a term or to any below it."""

    relations: tuple[Relation, ...]
    terms: tuple[str, ...]  # CURIEs; none: whatever the term
    who: str | None


@dataclass(frozen=True)
class _Clause:
    """What an image must be said to have: one of some wishes, confirmed by one of some, by as many annotators."""

    wishes: tuple[_Wish, ...]
    confirmed_by: tuple[str, ...] = ()
    annotators: int = 0


def to_sparql(selection: "Selection", ontology: "Ontology") -> str:
    """A SELECT of `?id`, the ids of the pairs in their order; the usual prefixes need no declaration.

    Raises InputError for a selection of one split, and as `Selection.apply` does for a name that is no such term.
    """
    clauses = _clauses(selection, ontology)
    lines = [f"  {line}" for clause in clauses for line in _sparql_clause(clause)]
    lines.append("  ?pair d1m:ofImage ?image ; dcterms:identifier ?id .")
    lines += [f"  {line}" for line in _sparql_properties(selection)]
    return "\n".join(["SELECT ?id WHERE {", *lines, "}", "ORDER BY ?id"]) + "\n"


def to_cypher(selection: "Selection", ontology: "Ontology") -> str:
    """A statement that returns `id`, the ids of the pairs in their order, on LadybugDB and on Neo4j alike.

    Who told a tone without being named is counted only where nobody named told the same tone: a relationship has the
    names alone. Raises InputError as `to_sparql` does.
    """
    lines: list[str] = []
    for clause in _clauses(selection, ontology):
        lines += [*_cypher_clause(clause, "pair" if lines else "pair:Pair"), "WITH DISTINCT pair"]
    lines.append(f"MATCH ({'pair' if lines else 'pair:Pair'})-[:OF_IMAGE]->(image:Image)")
    if conditions := list(_cypher_properties(selection)):
        lines.append("WHERE " + "\n  AND ".join(conditions))
    if selection.sources:
        lines += [
            "MATCH (pair)-[:FROM_SOURCE]->(source:Source)",
            f"WHERE source.id IN {_cypher_list(selection.sources)}",
        ]
    return "\n".join([*lines, "RETURN pair.id AS id", "ORDER BY id"]) + "\n"


def _clauses(selection: "Selection", ontology: "Ontology") -> list[_Clause]:
    if selection.split is not None:
        raise InputError("a split is cut when pairs are read, not asked of the graph: leave it out of the query")
    wished = {name: _wishes(selection, ontology, name) for name in FIELDS if getattr(selection, name)}
    clauses = []
    for name, wishes in wished.items():
        clauses.append(_Clause(wishes, selection.confirmed_by if name == "diseases" else ()))
    if selection.confirmed_by and "diseases" not in wished:
        clauses.append(_Clause((_Wish(FIELDS["diseases"].present, (), None),), selection.confirmed_by))
    if selection.min_tone_annotators:
        toned = wished.get("skin_tones", (_Wish(FIELDS["skin_tones"].present, (), None),))
        clauses.append(_Clause(toned, annotators=selection.min_tone_annotators))
    return clauses


def _wishes(selection: "Selection", ontology: "Ontology", field: str) -> tuple[_Wish, ...]:
    """What a field asks for, terms that are asked for in the same way together."""
    terms: dict[tuple[tuple[Relation, ...], str | None, bool], list[str]] = {}
    for name in getattr(selection, field):
        for relations, term, who in resolve(ontology, field, name):
            terms.setdefault((relations, who, term is None), []).extend([term.curie] if term else [])
    return tuple(_Wish(relations, tuple(dict.fromkeys(found)), who) for (relations, who, _), found in terms.items())


def _sparql_clause(clause: _Clause) -> Iterator[str]:
    """A subquery of the images of which the clause holds."""
    yield "{ SELECT DISTINCT ?image WHERE {" if not clause.annotators else "{ SELECT ?image WHERE {"
    for number, wish in enumerate(clause.wishes):
        yield "    {" if number == 0 else "    } UNION {"
        if wish.terms:
            yield f"      VALUES ?above {{ {' '.join(wish.terms)} }}"
            yield "      ?term d1m:ancestor|d1m:inferredAncestor ?above ."
        relations = "|".join(f"d1m:{relation.value}" for relation in wish.relations)
        yield f"      GRAPH ?evidence {{ ?image {relations} ?term }}"
        if wish.who:
            yield f"      ?evidence d1m:who {quote_sparql(wish.who)} ."
    yield "    }"
    if clause.confirmed_by:
        yield "    ?evidence d1m:confirmedBy ?confirmed ."
        yield f"    FILTER(?confirmed IN ({_sparql_list(clause.confirmed_by)}))"
    if clause.annotators:
        yield "    OPTIONAL { ?evidence d1m:annotator ?named }"
        yield '    BIND(COALESCE(?named, "") AS ?annotator)'
        yield f"  }} GROUP BY ?image HAVING (COUNT(DISTINCT ?annotator) >= {clause.annotators}) }}"
    else:
        yield "  } }"


def _sparql_properties(selection: "Selection") -> Iterator[str]:
    if selection.text_kinds:
        yield f"?pair d1m:textKind ?text_kind . FILTER(?text_kind IN ({_sparql_list(selection.text_kinds)}))"
    if selection.sources:
        yield "?pair d1m:fromSource/dcterms:identifier ?source ."
        yield f"FILTER(?source IN ({_sparql_list(selection.sources)}))"
    for name, allowed in (("sex", selection.sex), ("modality", selection.modality)):
        if allowed:
            yield f"?image d1m:{name} ?{name} . FILTER(?{name} IN ({_sparql_list(allowed)}))"
    low, high = selection.age
    if bounds := [f"?age {sign} {age!r}" for sign, age in ((">=", low), ("<=", high)) if age is not None]:
        yield f"?image d1m:age ?age . FILTER({' && '.join(bounds)})"
    if selection.available_only:
        yield "?image d1m:available true ."


def _cypher_clause(clause: _Clause, pair: str) -> Iterator[str]:
    relations = dict.fromkeys(relation for wish in clause.wishes for relation in wish.relations)
    types = [EDGES[relation.edge] for relation in relations]
    below = list(dict.fromkeys(end for type_ in types for _, end in type_.ends))
    above = list(dict.fromkeys(end for start, end in EDGES["ANCESTOR"].ends if start in below))
    named = "|".join(type_.name for type_ in types)
    yield f"MATCH ({pair})-[fact:{named}]->(term:{'|'.join(below)})-[:ANCESTOR]->(above:{'|'.join(above)})"
    wishes = [_cypher_wish(wish, several=len(relations) > len(wish.relations)) for wish in clause.wishes]
    conditions = [] if "true" in wishes else [wishes[0] if len(wishes) == 1 else f"({' OR '.join(wishes)})"]
    if clause.confirmed_by:
        found = _cypher_list(clause.confirmed_by)
        conditions.append(f"any(found IN split(fact.confirmed_by, '; ') WHERE found IN {found})")
    if conditions:
        yield "WHERE " + "\n  AND ".join(conditions)
    if clause.annotators:
        yield "UNWIND split(coalesce(fact.annotator, ''), '; ') AS annotator"
        yield "WITH pair, count(DISTINCT annotator) AS annotators"
        yield f"WHERE annotators >= {clause.annotators}"


def _cypher_wish(wish: _Wish, *, several: bool) -> str:
    conditions = []
    if several:
        conditions.append(f"type(fact) IN {_cypher_list([relation.edge for relation in wish.relations])}")
    if wish.terms:
        conditions.append(f"above.id IN {_cypher_list(wish.terms)}")
    if wish.who:
        conditions.append(f"{quote_cypher(wish.who)} IN split(fact.who, '; ')")
    return " AND ".join(conditions) or "true"


def _cypher_properties(selection: "Selection") -> Iterator[str]:
    if selection.text_kinds:
        yield f"pair.text_kind IN {_cypher_list(selection.text_kinds)}"
    for name, allowed in (("sex", selection.sex), ("modality", selection.modality)):
        if allowed:
            yield f"image.{name} IN {_cypher_list(allowed)}"
    for sign, age in zip((">=", "<="), selection.age, strict=True):
        if age is not None:
            yield f"image.age {sign} {float(age)!r}"
    if selection.available_only:
        yield "image.available"


def _sparql_list(texts: Sequence[str]) -> str:
    return ", ".join(quote_sparql(text) for text in texts)


def _cypher_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(quote_cypher(text) for text in texts)}]"
