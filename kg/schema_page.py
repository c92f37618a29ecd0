"""The schema of both graphs as a page and a picture, made from the code that writes the graphs."""

import math
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow as pa

from kg.pairs import Relation
from kg.picture import colours
from kg.property_graph import EDGES, NODES, EdgeType
from kg.resources import ontology_folder, templates_folder
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = {
    pa.string(): "text",
    pa.int64(): "integer",
    pa.float64(): "number",
    pa.bool_(): "boolean",
    pa.list_(pa.string()): "list of text",
}
_WIDTH, _HEIGHT, _BOX, _TALL = 1240, 760, 150, 46
_PLACES = {
    "Source": (110, 110),
    "Image": (110, 380),
    "Pair": (380, 380),
    "Disease": (880, 150),
    "DefinedClass": (880, 40),
    "Concept": (880, 330),
    "BodySite": (880, 470),
    "SkinTone": (880, 590),
    "History": (880, 700),
}
"""Centres of the labels in the picture."""
_DRAWN = 8
"""Arrows of one type at most: a type between more labels is told in words."""


def page() -> str:
    """The page (Markdown): labels, relationship types, classes and properties of the RDF graph, prefixes."""
    from jinja2 import StrictUndefined, Template

    text = (templates_folder() / "schema.md").read_text(encoding="utf-8")
    made: str = Template(text, undefined=StrictUndefined, keep_trailing_newline=True).render(
        nodes=[(label, _listed(properties)) for label, properties in NODES.items()],
        edges=[(edge.name, _ends(edge.ends), _listed(edge.properties)) for edge in EDGES.values()],
        relations=[(relation.value, relation.edge) for relation in Relation],
        vocabulary=list(_vocabulary()),
        prefixes=PREFIXES,
    )
    return made


def picture() -> str:
    """The labels and the relationship types between them (SVG)."""
    between: dict[tuple[str, str], list[str]] = {}
    within: dict[str, list[str]] = {}
    for edge in EDGES.values():
        if len(edge.ends) > _DRAWN:
            continue
        for start, end in edge.ends:
            if start == end:
                within.setdefault(edge.name, []).append(start)
            elif (end, start) not in between or edge.name not in between[end, start]:
                between.setdefault((start, end), []).append(edge.name)
    parts = [_arrow(start, end, names) for (start, end), names in between.items()]
    boxes = [_box(label, place) for label, place in _PLACES.items()]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
            "<title>Schema of the property graph</title>",
            "<style>text{font:12px sans-serif;fill:#222}.label{font-size:15px;font-weight:bold;fill:#fff}"
            "path{fill:none;stroke:#888;stroke-width:1.3}.name{paint-order:stroke;stroke:#fff;stroke-width:4px}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0L8 4L0 8z" style="fill:#888;stroke:none"/></marker></defs>',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            *parts,
            *boxes,
            *_notes(within, [edge for edge in EDGES.values() if len(edge.ends) > _DRAWN]),
            "</svg>\n",
        ]
    )


def _listed(properties: dict[str, pa.DataType]) -> str:
    return ", ".join(f"`{name}` {_TYPES[type_]}" for name, type_ in properties.items())


def _ends(ends: tuple[tuple[str, str], ...]) -> str:
    """From and to, the targets of one label together."""
    grouped = groupby(sorted(ends), key=lambda pair: pair[0])
    return "; ".join(f"{start} → {', '.join(end for _, end in pairs)}" for start, pairs in grouped)


def _vocabulary() -> "Iterator[tuple[str, str, str]]":
    """(name, what it goes from and to, meaning) of each class and property of the pair graph."""
    import pyoxigraph as ox

    said: dict[str, dict[str, str]] = {}
    for quad in ox.parse(path=ontology_folder() / "pairs.ttl"):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(PREFIXES["d1m"]):
            said.setdefault(quad.subject.value, {})[quad.predicate.value] = getattr(quad.object, "value", "")
    for iri, told in said.items():
        scope = told.get(f"{PREFIXES['skos']}scopeNote", "class")
        yield iri.removeprefix(PREFIXES["d1m"]), scope, told.get(f"{PREFIXES['rdfs']}comment", "")


def _notes(within: dict[str, list[str]], undrawn: list[EdgeType]) -> "Iterator[str]":
    """Which types tie nodes of one label, and which tie too many labels to be drawn."""
    yield f'<text x="30" y="{_HEIGHT - 110}" style="font-weight:bold">not drawn</text>'
    for row, (name, labels) in enumerate(within.items()):
        yield f'<text x="30" y="{_HEIGHT - 90 + 17 * row}">{name}: {", ".join(labels)}</text>'
    for row, edge in enumerate(undrawn, len(within)):
        ends = ", ".join(dict.fromkeys(end for _, end in edge.ends))
        yield f'<text x="30" y="{_HEIGHT - 90 + 17 * row}">{edge.name}: from each term label to {ends}</text>'


def _box(label: str, place: tuple[int, int]) -> str:
    x, y = place
    return (
        f'<rect x="{x - _BOX / 2:.0f}" y="{y - _TALL / 2:.0f}" width="{_BOX}" height="{_TALL}" rx="8" '
        f'fill="{colours()[label]}"/>'
        f'<text class="label" x="{x}" y="{y + 5}" text-anchor="middle">{escape(label)}</text>'
    )


def _arrow(start: str, end: str, names: list[str]) -> str:
    """One arrow for all types between two labels, with their names; between terms it passes on the right."""
    (x, y), (u, v) = _PLACES[start], _PLACES[end]
    if x == u:
        side = x + _BOX / 2
        bend = side + 30 + abs(v - y) / 4
        path = f"M{side:.0f} {y}C{bend:.0f} {y},{bend:.0f} {v},{side:.0f} {v}"
        at, middle, anchor = (side + 3 * bend) / 4 + 8, (y + v) / 2 + 4, "start"
    else:
        toward = math.copysign(_BOX / 2, u - x)
        begin, stop = x + toward, u - toward
        path = f"M{begin:.0f} {y}L{stop:.0f} {v}"
        at, middle, anchor = (begin + stop) / 2, (y + v) / 2 + 4, "middle"
    together = 1 if x == u else 2
    rows = [names[place : place + together] for place in range(0, len(names), together)]
    texts = "".join(
        f'<text class="name" x="{at:.0f}" y="{middle + 14 * (row - (len(rows) - 1) / 2):.0f}" text-anchor="{anchor}">'
        f"{', '.join(part)}</text>"
        for row, part in enumerate(rows)
    )
    return f'<path d="{path}" marker-end="url(#tip)"/>{texts}'
