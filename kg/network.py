"""A selection as a networkx graph: its pairs with all that is said of them, or which terms are said together."""

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.property_graph import LABEL_OF_KIND, image_nodes, pair_edges
from kg.tables import Shard, read_vocabulary

if TYPE_CHECKING:
    import networkx as nx

    from kg.graph import KnowledgeGraph
    from kg.selection import Selection

LIMIT = 5_000
"""Pairs beyond which a graph of every pair is refused: networkx takes about a kilobyte for each node and edge."""


def of_pairs(graph: "KnowledgeGraph", selection: "Selection", limit: int = LIMIT) -> "nx.MultiDiGraph[str]":
    """The selected pairs, their images and sources, and the terms that are said of them.

    Nodes are ids and edges have their type as key; both carry the properties of the property graph, nodes also
    `label_of_node`. Raises InputError when more than `limit` pairs are selected, and as `Selection.apply` does.
    """
    import networkx as nx

    terms = read_vocabulary(graph.folder).terms
    label = dict(
        zip(terms["term"].to_pylist(), (LABEL_OF_KIND[kind] for kind in terms["kind"].to_pylist()), strict=True)
    )
    names = dict(zip(terms["term"].to_pylist(), terms["label"].to_pylist(), strict=True))
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    count = 0
    for found in selection.find(graph, evidence=True):
        count += len(found.pairs)
        if count > limit:
            raise InputError(f"more than {limit:,} pairs are selected: narrow the selection, or ask for its terms")
        if not len(found.pairs):
            continue
        shard = _part(found.pairs, found.images, found.facts)
        for node, table in image_nodes(shard):
            for row in table.to_pylist():
                made.add_node(row["id"], label_of_node=node, **_told(row))
        for edges in pair_edges(shard, terms):
            for row in edges.table.to_pylist():
                start, end = row.pop("from"), row.pop("to")
                if end not in made:
                    said = {"label": names[end]} if end in names else {}
                    made.add_node(end, label_of_node=label.get(end, edges.end), id=end, **said)
                made.add_edge(start, end, key=edges.type.name, **_told(row))
    return made


def of_terms(graph: "KnowledgeGraph", selection: "Selection", *, least: int = 1) -> "nx.Graph[str]":
    """The terms that are said of the selected images, those that are said of one image joined.

    Nodes are CURIEs with `label`, `label_of_node` and `images`; edges have `images`, the number of images of which
    both are said, at least `least`. What is absent or in doubt is no part of it. Raises as `Selection.apply` does.
    """
    import networkx as nx

    from kg.counts import PRESENT

    present = pa.array(sorted({relation.value for relation in PRESENT.values()}))
    alone: Counter[str] = Counter()
    together: Counter[tuple[str, str]] = Counter()
    for found in selection.find(graph):
        chosen = pc.is_in(found.facts["image"], pc.unique(found.pairs["image"]))
        facts = found.facts.filter(pc.and_(chosen, pc.is_in(found.facts["relation"], present)))
        said = facts.group_by(["image", "term"]).aggregate([]).group_by("image").aggregate([("term", "list")])
        combined = Counter(tuple(sorted(terms)) for terms in said["term_list"].to_pylist())
        for terms, images in combined.items():
            alone.update(dict.fromkeys(terms, images))
            together.update(dict.fromkeys(combinations(terms, 2), images))
    table = graph.terms(columns=["term", "label", "kind"])
    known = {row["term"]: row for row in table.to_pylist()}
    made: nx.Graph[str] = nx.Graph()
    for term, images in sorted(alone.items()):
        row = known[term]
        made.add_node(term, label=row["label"], label_of_node=LABEL_OF_KIND[row["kind"]], images=images)
    made.add_edges_from((*ends, {"images": images}) for ends, images in sorted(together.items()) if images >= least)
    return made


def _part(pairs: pa.Table, images: pa.Table, facts: pa.Table) -> Shard:
    from kg.pairs import IMAGES

    wanted = pc.unique(pairs["image"])
    return Shard(
        images=images.filter(pc.is_in(images["image"], wanted)).select(IMAGES.names).cast(IMAGES),
        pairs=pairs,
        facts=facts.filter(pc.is_in(facts["image"], wanted)),
    )


def _told(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}
