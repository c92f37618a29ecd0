"""Counts of images and pairs made at build, against counting one by one."""

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

from kg.counts import PRESENT, add, compute, of_two
from kg.pairs import Facet, Relation
from kg.tables import read_tables, read_vocabulary

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

DISEASES = {Relation.DEPICTS, Relation.RULES_OUT, Relation.SUSPECTS}
Row = tuple[str | None, str | None, str, str | None]


def _counted_one_by_one(graph: "KnowledgeGraph") -> dict[Row, tuple[int, int]]:
    """The counts as their definition has them, from the rows of the tables."""
    above, level = defaultdict(set), {row["term"]: row["level"] for row in graph.terms().to_pylist()}
    for row in graph.closure().to_pylist():
        above[row["term"]].add(row["ancestor"])
    facts = defaultdict(set)
    for row in graph.image_facts().to_pylist():
        facts[row["image"]].add((row["relation"], row["term"]))
    kinds = defaultdict(list)
    for row in graph.pairs().to_pylist():
        kinds[row["image"]].append(row["text_kind"])
    images: dict[Row, dict[str, int]] = defaultdict(dict)
    for image in graph.images().to_pylist():
        name = image["image"]
        said = {(relation, term) for relation, stated in facts[name] for term in above[stated]}
        diseases = {term for relation, term in said if relation == Relation.DEPICTS}
        tones = {term for relation, term in facts[name] if relation == Relation.HAS_SKIN_TONE}
        for relation, term in {*said, (None, None)}:
            rows = {(Facet.ALL, None), (Facet.SOURCE, image["source"]), *((Facet.TONE, tone) for tone in tones)}
            if relation and relation not in DISEASES:
                rows |= {(Facet.DISEASE, disease) for disease in diseases}
            if relation == Relation.DEPICTS:
                stated = {own for r, own in facts[name] if r == relation and term in above[own]}
                rows |= {(Facet.LEVEL, str(level[own])) for own in stated if level[own]}
            for facet, value in rows:
                images[term, relation, facet, value][name] = len(kinds[name])
            for kind in set(kinds[name]):
                images[term, relation, Facet.TEXT_KIND, kind][name] = kinds[name].count(kind)
    return {row: (len(of), sum(of.values())) for row, of in images.items()}


@pytest.mark.parametrize("name", ["clinic_graph", "small_graph"])
def test_counts_are_what_counting_one_by_one_gives(name: str, request: pytest.FixtureRequest) -> None:
    graph: KnowledgeGraph = request.getfixturevalue(name)
    rows = (tuple(row.values()) for row in graph.counts().to_pylist())
    assert {row[:4]: row[4:] for row in rows} == _counted_one_by_one(graph)


def test_the_order_is_that_of_the_names(clinic_graph: "KnowledgeGraph") -> None:
    order = [(column, "ascending") for column in ("term", "relation", "facet", "value")]
    assert clinic_graph.counts().sort_by(order) == clinic_graph.counts()


def test_shards_add_up_to_the_whole(small_graph: "KnowledgeGraph", monkeypatch: pytest.MonkeyPatch) -> None:
    from kg import tables

    whole = read_tables(small_graph.folder)
    monkeypatch.setattr(tables, "SHARD_IMAGES", 2)
    shards = list(tables.divide(whole))
    assert len(shards) == 4
    assert compute(shards, whole) == small_graph.counts()


def test_a_sum_with_nothing_is_the_same(small_graph: "KnowledgeGraph") -> None:
    from kg.counts import NOTHING, Counter
    from kg.tables import divide

    vocabulary = read_vocabulary(small_graph.folder)
    counter = Counter(vocabulary)
    [shard] = divide(read_tables(small_graph.folder))
    counted = counter.count(shard)
    assert counter.decode(add([NOTHING, counted])) == counter.decode(counted)


def test_both_graphs_know_the_counts(clinic_graph: "KnowledgeGraph", ontology: "Ontology") -> None:
    counts = clinic_graph.counts()
    every = counts.filter(pc.equal(counts["facet"], Facet.ALL)).to_pylist()
    expected = {
        (row["term"], row["images"], row["pairs"])
        for row in every
        if row["term"] and row["relation"] == PRESENT[ontology.term(row["term"]).kind]
    }
    nodes = clinic_graph.cypher(
        "MATCH (t:Disease|DefinedClass|Concept|BodySite|SkinTone|History) WHERE t.images > 0 "
        "RETURN t.id AS id, t.images AS images, t.pairs AS pairs"
    )
    triples = clinic_graph.sparql(
        """SELECT ?id ?images ?pairs WHERE {
             ?term d1m:termKind ?kind ; dcterms:identifier ?id ; d1m:imageCount ?images ; d1m:pairCount ?pairs
             FILTER(?images > 0) }"""
    )
    assert {tuple(row.values()) for row in nodes.to_pylist()} == expected
    assert {tuple(row.values()) for row in triples.to_pylist()} == expected
    source = {"id": "clinic", "images": len(clinic_graph.images()), "pairs": len(clinic_graph.pairs())}
    asked = "MATCH (s:Source) RETURN s.id AS id, s.images AS images, s.pairs AS pairs"
    assert clinic_graph.cypher(asked).to_pylist() == [source]


def test_both_graphs_know_of_two_things_together(clinic_graph: "KnowledgeGraph") -> None:
    expected = {tuple(row.values()) for row in of_two(clinic_graph.counts(), clinic_graph.terms()).to_pylist()}
    edges = clinic_graph.cypher(
        "MATCH (t:Disease|DefinedClass|Concept|BodySite|SkinTone|History)-[c:COUNTED_WITH]->"
        "(x:Source|SkinTone|Disease|DefinedClass) "
        "RETURN t.id AS id, x.id AS other, c.images AS images, c.pairs AS pairs"
    )
    triples = clinic_graph.sparql(
        """SELECT ?id ?other ?images ?pairs WHERE {
             ?count a d1m:Count ; d1m:countOf/dcterms:identifier ?id ; d1m:countWith/dcterms:identifier ?other ;
               d1m:imageCount ?images ; d1m:pairCount ?pairs }"""
    )
    assert expected
    assert {tuple(row.values()) for row in edges.to_pylist()} == expected
    assert {tuple(row.values()) for row in triples.to_pylist()} == expected


def test_a_finding_counts_beside_a_disease_for_the_images_that_have_both(clinic_graph: "KnowledgeGraph") -> None:
    pairs = "MATCH (p:Pair)-[:OF_IMAGE]->(i:Image) MATCH (p)-[:DEPICTS]->(:Disease)-[:ANCESTOR]->(d:Disease) "
    pairs += "MATCH (p)-[:SHOWS]->(:Concept)-[:ANCESTOR]->(c:Concept) WHERE c.kind = 'finding' "
    one_by_one = clinic_graph.cypher(
        f"{pairs} RETURN c.id AS one, d.id AS two, count(DISTINCT i.id) AS n ORDER BY one, two"
    )
    counted = clinic_graph.cypher(
        "MATCH (c:Concept)-[k:COUNTED_WITH]->(d:Disease) WHERE c.kind = 'finding' "
        "RETURN c.id AS one, d.id AS two, k.images AS n ORDER BY one, two"
    )
    assert len(counted)
    assert counted.to_pylist() == one_by_one.to_pylist()
