"""A small graph as a picture in SVG: circles by number of images, lines by how often two are said together."""

import math
import tomllib
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import InputError

if TYPE_CHECKING:
    import networkx as nx

MOST = 60
"""Nodes of a picture that can still be read."""

_WIDTH, _HEIGHT, _MARGIN = 1100, 800, 90
_LEGEND = 26
_STYLE = (
    "text{font:13px sans-serif;fill:#222;paint-order:stroke;stroke:#fff;stroke-width:3px}"
    "line{stroke:#999;stroke-opacity:.6}circle{stroke:#fff;stroke-width:1.5}"
)


@cache
def colours() -> dict[str, str]:
    """The colour of each label of the property graph."""
    colour: dict[str, str] = tomllib.loads((Path(__file__).parent / "colours.toml").read_text(encoding="utf-8"))
    return colour


def draw(graph: "nx.Graph[str]", *, title: str = "", most: int = MOST, seed: int = 0) -> str:
    """The SVG text of a graph as `kg.network` makes it; of more than `most` nodes those of the most images.

    The same graph and seed give the same picture. Raises InputError for a graph without nodes.
    """
    import networkx as nx

    if not len(graph):
        raise InputError("nothing is selected that could be drawn")
    size = {node: int(graph.nodes[node].get("images", 1)) for node in graph}
    kept = sorted(graph, key=lambda node: (-size[node], node))[:most]
    shown = nx.Graph(graph.subgraph(kept))
    weight = {(a, b): int(said.get("images", 1)) for a, b, said in shown.edges(data=True)}
    strongest, largest = max(weight.values(), default=1), max(size[node] for node in kept)
    nx.set_edge_attributes(shown, {ends: count / strongest for ends, count in weight.items()}, "pull")
    distance = 2.5 / math.sqrt(len(kept))
    places = nx.spring_layout(shown, k=distance, weight="pull", seed=seed, iterations=200)
    at = {node: _place(*places[node]) for node in shown}
    lines = [
        f'<line x1="{at[a][0]:.0f}" y1="{at[a][1]:.0f}" x2="{at[b][0]:.0f}" y2="{at[b][1]:.0f}" '
        f'stroke-width="{0.4 + 4 * count / strongest:.1f}">'
        f"<title>{_named(graph, a)} – {_named(graph, b)}: {count:,}</title></line>"
        for (a, b), count in sorted(weight.items())
    ]
    dots = [
        _dot(graph, node, at[node], 5 + 22 * math.sqrt(size[node] / largest), size[node]) for node in reversed(kept)
    ]
    labels = sorted({str(graph.nodes[node].get("label_of_node", "")) for node in kept} & colours().keys())
    key = [
        f'<circle cx="20" cy="{_HEIGHT - 18 - _LEGEND * place}" r="8" fill="{colours()[label]}"/>'
        f'<text x="34" y="{_HEIGHT - 13 - _LEGEND * place}">{label}</text>'
        for place, label in enumerate(reversed(labels))
    ]
    left_out = f" ({len(kept)} of {len(graph)} nodes)" if len(kept) < len(graph) else ""
    heading = (
        f'<text x="16" y="26" style="font-size:17px">{escape(title + left_out)}</text>' if title or left_out else ""
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            f"<title>{escape(title or 'graph')}</title><style>{_STYLE}</style>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{heading}',
            *lines,
            *dots,
            *key,
            "</svg>\n",
        ]
    )


def _place(x: float, y: float) -> tuple[float, float]:
    """A place of the layout, within ±1, on the sheet."""
    return _WIDTH / 2 + x * (_WIDTH / 2 - _MARGIN), _HEIGHT / 2 + y * (_HEIGHT / 2 - _MARGIN)


def _dot(graph: "nx.Graph[str]", node: str, place: tuple[float, float], radius: float, images: int) -> str:
    x, y = place
    name = _named(graph, node)
    colour = colours().get(str(graph.nodes[node].get("label_of_node", "")), "#7f7f7f")
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}" fill="{colour}"><title>{name}: {images:,}</title></circle>'
        f'<text x="{x:.0f}" y="{y + radius + 13:.0f}" text-anchor="middle">{name}</text>'
    )


def _named(graph: "nx.Graph[str]", node: str) -> str:
    return escape(str(graph.nodes[node].get("label", node)))
