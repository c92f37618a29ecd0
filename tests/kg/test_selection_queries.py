"""Selections as queries: SPARQL, Cypher and the tables mean the same pairs."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from kg.errors import InputError, UnknownTerm
from kg.selection import Selection
from tests.kg.selections import selections

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology


def test_two_hundred_drawn_selections_mean_the_same_pairs_in_three_ways(ward_graph: "KnowledgeGraph") -> None:
    sizes: list[int] = []

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(selections())
    def compare(selection: Selection) -> None:
        by_table = sorted(selection.apply(ward_graph)["pair"].to_pylist())
        by_sparql = ward_graph.sparql(selection.to_sparql(ward_graph.ontology))["id"].to_pylist()
        by_cypher = ward_graph.cypher(selection.to_cypher(ward_graph.ontology))["id"].to_pylist()
        assert by_table == by_sparql == by_cypher
        sizes.append(len(by_table))

    compare()
    assert len(sizes) >= 200
    assert sum(0 < size < ward_graph.info["pairs"] for size in sizes) >= 40, "too few say anything"


def test_nothing_said_means_every_pair(ward_graph: "KnowledgeGraph") -> None:
    assert ward_graph.cypher(Selection().to_cypher(ward_graph.ontology)).num_rows == ward_graph.info["pairs"]
    assert ward_graph.sparql(Selection().to_sparql(ward_graph.ontology)).num_rows == ward_graph.info["pairs"]


def test_a_value_is_quoted_and_never_read_as_a_query(ward_graph: "KnowledgeGraph") -> None:
    selection = Selection(sources=("north", "x'] RETURN 1 //", 'y") } #', "\\u0027\\"), sex=("female",))
    by_sparql = ward_graph.sparql(selection.to_sparql(ward_graph.ontology))
    assert by_sparql == ward_graph.cypher(selection.to_cypher(ward_graph.ontology))
    assert by_sparql == ward_graph.sparql(Selection(sources=("north",), sex=("female",)).to_sparql(ward_graph.ontology))


def test_a_selection_of_a_split_is_no_query(ontology: "Ontology") -> None:
    for compile in (Selection(split="train").to_sparql, Selection(split="train").to_cypher):
        with pytest.raises(InputError, match="a split is cut when pairs are read"):
            compile(ontology)


def test_an_unknown_term_is_named(ontology: "Ontology") -> None:
    with pytest.raises(UnknownTerm, match="plaque psoriasis"):
        Selection(diseases=("plaque psoriasys",)).to_cypher(ontology)
