"""Selections as networkx graphs, and pictures of them."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from kg.errors import InputError
from kg.network import of_pairs
from kg.picture import colours, draw
from kg.property_graph import NODES
from kg.selection import Selection

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

PSORIASIS = Selection(diseases=("psoriasis",))


def test_a_graph_of_pairs_has_what_the_property_graph_says(ward_graph: "KnowledgeGraph") -> None:
    made = ward_graph.to_networkx(PSORIASIS, of="pairs")
    assert isinstance(made, nx.MultiDiGraph)
    pairs = sorted(node for node, label in made.nodes(data="label_of_node") if label == "Pair")
    assert pairs == sorted(PSORIASIS.apply(ward_graph)["pair"].to_pylist())
    said = ward_graph.cypher(
        "MATCH (p:Pair)-[r]->(x:Disease|Concept|BodySite|SkinTone|History|Image|Source) WHERE p.id IN $pairs "
        "RETURN p.id AS pair, type(r) AS type, x.id AS term",
        {"pairs": pairs},
    )
    assert sorted((a, t, b) for a, b, t in made.edges(keys=True)) == sorted(
        (row["pair"], row["type"], row["term"]) for row in said.to_pylist()
    )


def test_terms_are_joined_by_the_images_that_have_both(ward_graph: "KnowledgeGraph") -> None:
    made = ward_graph.to_networkx(PSORIASIS)
    plaque, elbow = (ward_graph.ontology.term(name).curie for name in ("plaque psoriasis", "elbow"))
    [counted] = ward_graph.cypher(
        "MATCH (p:Pair)-[:DEPICTS]->(d:Disease) WHERE d.id = $disease MATCH (p)-[:OF_IMAGE]->(i:Image) "
        "OPTIONAL MATCH (p)-[:AT_SITE]->(s:BodySite) WHERE s.id = $site "
        "RETURN count(DISTINCT i.id) AS images, count(DISTINCT CASE WHEN s.id IS NOT NULL THEN i.id END) AS joined",
        {"disease": plaque, "site": elbow},
    ).to_pylist()
    assert (made.nodes[plaque]["images"], made.edges[plaque, elbow]["images"]) == (counted["images"], counted["joined"])


def test_too_many_pairs_for_a_graph_of_each_are_refused(ward_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match="more than 5 pairs are selected"):
        of_pairs(ward_graph, Selection(), limit=5)


def test_a_picture_shows_the_terms_of_the_most_images(ward_graph: "KnowledgeGraph") -> None:
    made = ward_graph.to_networkx(PSORIASIS)
    picture = draw(made, title="<psoriasis> & more", most=10)
    assert picture == draw(made, title="<psoriasis> & more", most=10)
    root = ET.fromstring(picture)
    names = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
    largest = sorted(made.nodes(data=True), key=lambda node: (-node[1]["images"], node[0]))[:10]
    assert {said["label"] for _, said in largest} <= names
    assert f"<psoriasis> & more (10 of {len(made)} nodes)" in names


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="nothing is selected"):
        draw(nx.Graph())


def test_every_label_has_a_colour() -> None:
    assert colours().keys() == NODES.keys()
