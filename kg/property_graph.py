"""The pair graph as nodes and relationships: one schema, written into LadybugDB and into Neo4j alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.composition import carry_facts
from kg.counts import of_sources, of_terms, of_two
from kg.pairs import Relation
from kg.tables import Shard, Vocabulary, look_up

_TEXT, _INT, _REAL, _FLAG, _LIST = pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.list_(pa.string())

_NAMED = {"id": _TEXT, "label": _TEXT}
_ALSO_KNOWN = {"synonyms": _LIST, "exact_matches": _LIST}
_COUNTS = {"images": _INT, "pairs": _INT}

NODES: dict[str, dict[str, pa.DataType]] = {
    "Disease": {**_NAMED, "level": _INT, "malignancy": _TEXT, **_ALSO_KNOWN, **_COUNTS},
    "DefinedClass": {**_NAMED, **_ALSO_KNOWN, **_COUNTS},
    "Concept": {**_NAMED, "kind": _TEXT, **_ALSO_KNOWN, **_COUNTS},
    "BodySite": {**_NAMED, **_ALSO_KNOWN, **_COUNTS},
    "SkinTone": {**_NAMED, **_ALSO_KNOWN, **_COUNTS},
    "History": {**_NAMED, **_ALSO_KNOWN, **_COUNTS},
    "Pair": {"id": _TEXT, "text_kind": _TEXT, "text": _TEXT},
    "Image": {
        "id": _TEXT,
        "path": _TEXT,
        "available": _FLAG,
        "modality": _TEXT,
        "patient": _TEXT,
        "lesion": _TEXT,
        "age": _REAL,
        "sex": _TEXT,
    },
    "Source": {"id": _TEXT, "licence": _TEXT, "citation": _TEXT, **_COUNTS},
}
"""Label to properties; `id` is the key."""

LABEL_OF_KIND = {
    "disease": "Disease",
    "defined": "DefinedClass",
    "finding": "Concept",
    "symptom": "Concept",
    "artifact": "Concept",
    "site": "BodySite",
    "tone": "SkinTone",
    "history": "History",
}
"""Kind of a term to the label of its node."""

_FACT_ENDS = {
    Relation.DEPICTS: "Disease",
    Relation.RULES_OUT: "Disease",
    Relation.SUSPECTS: "Disease",
    Relation.SHOWS: "Concept",
    Relation.LACKS: "Concept",
    Relation.MAY_SHOW: "Concept",
    Relation.HAS_SYMPTOM: "Concept",
    Relation.LACKS_SYMPTOM: "Concept",
    Relation.AT_SITE: "BodySite",
    Relation.HAS_SKIN_TONE: "SkinTone",
    Relation.HAS_HISTORY: "History",
    Relation.LACKS_HISTORY: "History",
    Relation.HAS_HISTORY_OF: "Disease",
}
_DISEASES = ("Disease", "DefinedClass")
_EVIDENCE = {"annotator": _TEXT, "evidence": _LIST}
_FACT_PROPERTIES = {
    Relation.DEPICTS: {"weight": _REAL, "confirmed_by": _TEXT},
    Relation.SUSPECTS: {"weight": _REAL, "rank": _INT},
    Relation.HAS_HISTORY: {"value": _TEXT, "unit": _TEXT},
    Relation.HAS_HISTORY_OF: {"who": _TEXT},
}
_TERMS = tuple(dict.fromkeys(LABEL_OF_KIND.values()))
_CLASS_TREES = [(label, label) for label in _TERMS]
_COUNTED = [(label, facet) for label in _TERMS for facet in ("Source", "SkinTone")]
_COUNTED += [(label, facet) for label in _TERMS for facet in _DISEASES if label not in _DISEASES]
_ABOVE = [*_CLASS_TREES, ("Disease", "DefinedClass"), ("DefinedClass", "Disease")]
_KNOWLEDGE = {
    "hasFinding": ("HAS_FINDING", ("Disease", "Concept")),
    "hasDefiningFinding": ("HAS_DEFINING_FINDING", ("Disease", "Concept")),
    "hasTypicalSite": ("HAS_TYPICAL_SITE", ("Disease", "BodySite")),
    "hasTypicalSymptom": ("HAS_TYPICAL_SYMPTOM", ("Disease", "Concept")),
    "hasLocation": ("HAS_LOCATION", ("Disease", "BodySite")),
    "hasDifferential": ("HAS_DIFFERENTIAL", ("Disease", "Disease")),
    "partOf": ("PART_OF", ("BodySite", "BodySite")),
}
_KNOWLEDGE_PROPERTIES = {"hasDifferential": {"distinguished_by": _TEXT}, "partOf": {}}


@dataclass(frozen=True)
class EdgeType:
    """A relationship type: the labels that it goes from and to, and its properties."""

    name: str
    ends: tuple[tuple[str, str], ...]
    properties: dict[str, pa.DataType]


EDGES: dict[str, EdgeType] = {
    edge.name: edge
    for edge in [
        EdgeType("OF_IMAGE", (("Pair", "Image"),), {}),
        EdgeType("FROM_SOURCE", (("Pair", "Source"),), {}),
        EdgeType("SUBCLASS_OF", tuple(_ABOVE), {}),
        EdgeType("ANCESTOR", tuple(_ABOVE), {"distance": _INT, "inferred": _FLAG}),
        EdgeType("COUNTED_WITH", tuple(_COUNTED), _COUNTS),
        *(
            EdgeType(name, (ends,), _KNOWLEDGE_PROPERTIES.get(relation, {"frequency": _TEXT}))
            for relation, (name, ends) in _KNOWLEDGE.items()
        ),
        *(
            EdgeType(relation.edge, (("Pair", label),), {**_FACT_PROPERTIES.get(relation, {}), **_EVIDENCE})
            for relation, label in _FACT_ENDS.items()
        ),
    ]
}
"""Name to relationship type; every one stands in the schema, also where a graph has none of it."""


@dataclass(frozen=True)
class Edges:
    """Relationships of one type between two labels: columns `from` and `to` (ids), then the type's properties."""

    type: EdgeType
    start: str
    end: str
    table: pa.Table


def term_nodes(vocabulary: Vocabulary, counts: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """(label, table of its properties, `id` first) for every label of terms, empty ones included, and for sources."""
    label = _labels(vocabulary.terms)
    terms = _beside(vocabulary.terms, of_terms(counts, vocabulary.terms))
    for name in _TERMS:
        yield name, _nodes(name, terms.filter(pc.equal(label, name)), "term")
    yield "Source", _nodes("Source", _beside(vocabulary.sources, of_sources(counts, vocabulary.sources)), "source")


def image_nodes(shard: Shard) -> Iterator[tuple[str, pa.Table]]:
    """(label, table of its properties, `id` first) for the pairs and images of a shard."""
    yield "Pair", _nodes("Pair", shard.pairs, "pair")
    yield "Image", _nodes("Image", shard.images, "image")


def term_edges(vocabulary: Vocabulary, counts: pa.Table) -> Iterator[Edges]:
    """The relationships between terms, and of terms to sources, type by type.

    Raises ValueError when a table names a term that is not among the terms, or ties kinds of terms that the schema does
    not know: either is a fault of the table's maker.
    """
    closure, counted = vocabulary.closure, of_two(counts, vocabulary.terms)
    yield from _of_terms(vocabulary, "ANCESTOR", closure.rename_columns({"term": "from", "ancestor": "to"}))
    yield from _of_terms(vocabulary, "COUNTED_WITH", counted.rename_columns({"term": "from", "value": "to"}))
    knowledge = vocabulary.knowledge.rename_columns({"term": "from", "object": "to"})
    for relation in pc.unique(knowledge["relation"]).to_pylist():
        name = "SUBCLASS_OF" if relation == "subClassOf" else _KNOWLEDGE[relation][0]
        yield from _of_terms(vocabulary, name, knowledge.filter(pc.equal(knowledge["relation"], relation)))


def pair_edges(shard: Shard, terms: pa.Table) -> Iterator[Edges]:
    """The relationships of a shard's pairs, type by type; each pair carries the facts of its image.

    Raises ValueError as `term_edges` does.
    """
    yield _pair_edges("OF_IMAGE", "Image", shard.pairs, "image")
    yield _pair_edges("FROM_SOURCE", "Source", shard.pairs, "source")
    facts = distinct_facts(shard.facts)
    for relation in _FACT_ENDS:
        said = facts.filter(pc.equal(facts["relation"], relation.value))
        if len(said):
            yield _from_pairs(shard.pairs, terms, relation, said)


def distinct_facts(facts: pa.Table) -> pa.Table:
    """One row for each (image, relation, term) of `IMAGE_FACTS`, its evidence gathered: columns image, relation, term,
    the largest weight, the first rank, the first value with its unit, who, annotator and confirmation (several joined
    by "; "), and `evidence`, the distinct "column|rule".
    """
    row = pa.array(np.arange(len(facts)))
    numbered = facts.append_column(
        "with_value", pc.if_else(pc.is_valid(facts["value"]), row, pa.scalar(None, pa.int64()))
    ).append_column("evidence", pc.binary_join_element_wise(facts["column"], facts["rule"], "|"))
    present = pc.CountOptions(mode="only_valid")
    grouped = numbered.group_by(["image", "relation", "term"], use_threads=False).aggregate(
        [
            ("weight", "max"),
            ("rank", "min"),
            ("with_value", "min"),
            ("confirmed_by", "distinct", present),
            ("who", "distinct", present),
            ("annotator", "distinct", present),
            ("evidence", "distinct", present),
        ]
    )
    valued = grouped["with_value_min"]
    return pa.table(
        {
            "image": grouped["image"],
            "relation": grouped["relation"],
            "term": grouped["term"],
            "weight": grouped["weight_max"],
            "rank": grouped["rank_min"],
            "value": facts["value"].take(valued),
            "unit": facts["unit"].take(valued),
            "who": _joined(grouped["who_distinct"]),
            "confirmed_by": _joined(grouped["confirmed_by_distinct"]),
            "annotator": _joined(grouped["annotator_distinct"]),
            "evidence": grouped["evidence_distinct"],
        }
    )


def _joined(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    joined = pc.binary_join(lists, "; ")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _labels(terms: pa.Table) -> pa.ChunkedArray:
    kinds = pa.array(list(LABEL_OF_KIND))
    labels = pa.array(list(LABEL_OF_KIND.values()))
    return look_up(terms["kind"], kinds, labels, "kind of term")


def _shaped(table: pa.Table, properties: dict[str, pa.DataType]) -> pa.Table:
    return table.select(list(properties)).cast(pa.schema(properties.items()))


def _beside(table: pa.Table, counted: pa.Table) -> pa.Table:
    return pa.table([*table.columns, *counted.columns], [*table.column_names, *counted.column_names])


def _nodes(label: str, table: pa.Table, key: str) -> pa.Table:
    return _shaped(table.append_column("id", table[key]), NODES[label])


def _pair_edges(name: str, end: str, pairs: pa.Table, column: str) -> Edges:
    return Edges(EDGES[name], "Pair", end, pa.table({"from": pairs["pair"], "to": pairs[column]}))


def _from_pairs(pairs: pa.Table, terms: pa.Table, relation: Relation, facts: pa.Table) -> Edges:
    edge, label = EDGES[relation.edge], _FACT_ENDS[relation]
    found = look_up(facts["term"], terms["term"], _labels(terms), "term")
    if not pc.all(pc.equal(found, label)).as_py():
        odd = facts.filter(pc.not_equal(found, label))
        raise ValueError(f"{relation.value} goes to a {label}, not to {odd['term'][0]} (image {odd['image'][0]})")
    table = carry_facts(pairs, facts).rename_columns({"pair": "from", "term": "to"})
    return Edges(edge, "Pair", label, _shaped(table, {"from": _TEXT, "to": _TEXT, **edge.properties}))


def _of_terms(vocabulary: Vocabulary, name: str, table: pa.Table) -> Iterator[Edges]:
    edge, sources = EDGES[name], vocabulary.sources["source"]
    ids = pa.chunked_array([*vocabulary.terms["term"].chunks, *sources.chunks])
    of_sources = pa.repeat(pa.scalar("Source"), len(sources))
    labels = pa.chunked_array([*_labels(vocabulary.terms).chunks, of_sources])
    starts = look_up(table["from"], ids, labels, "term")
    ends = look_up(table["to"], ids, labels, "term")
    shaped = _shaped(table, {"from": _TEXT, "to": _TEXT, **edge.properties})
    present = pa.table({"start": starts, "end": ends}).group_by(["start", "end"]).aggregate([]).to_pylist()
    for found in sorted((pair["start"], pair["end"]) for pair in present):
        if found not in edge.ends:
            raise ValueError(f"{name} does not go from a {found[0]} to a {found[1]}")
        chosen = pc.and_(pc.equal(starts, found[0]), pc.equal(ends, found[1]))
        yield Edges(edge, *found, shaped.filter(chosen))
