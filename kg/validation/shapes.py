"""The shapes of the pair data: SHACL, read as what is asked of the values of a column.

What is asked is named after SHACL's constraint components. Those that are known here are all that the file may use: one
that is not is an error, so that no shape is checked by a SHACL engine alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import InputError
from kg.resources import ontology_folder

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

SHACL = "http://www.w3.org/ns/shacl#"
TERMS = "https://w3id.org/derm1m/shapes#"

CONSTRAINTS = {
    "minCount": "MinCountConstraintComponent",
    "maxCount": "MaxCountConstraintComponent",
    "datatype": "DatatypeConstraintComponent",
    "class": "ClassConstraintComponent",
    "in": "InConstraintComponent",
    "pattern": "PatternConstraintComponent",
    "minLength": "MinLengthConstraintComponent",
    "maxLength": "MaxLengthConstraintComponent",
    "minInclusive": "MinInclusiveConstraintComponent",
    "maxInclusive": "MaxInclusiveConstraintComponent",
}
"""What a property shape may ask, and what SHACL calls it in its results."""

_SAID = {"path", "message", "severity"}

Parameter = str | float | tuple[str, ...]


@dataclass(frozen=True)
class PropertyShape:
    """What is asked of the values of one property."""

    path: tuple[str, ...]  # IRIs, one after the other
    column: str
    names: str | None  # the table in whose key the values must be
    constraints: dict[str, Parameter]  # by name, as in `CONSTRAINTS`
    severity: str  # Violation or Warning
    message: str


@dataclass(frozen=True)
class NodeShape:
    """What is asked of the nodes of a class, and of the rows of the table that has them."""

    target: str
    table: str
    key: str
    properties: tuple[PropertyShape, ...]


def shapes_file() -> Path:
    """The shapes that come with the package."""
    return ontology_folder() / "shapes.ttl"


def read_shapes(path: Path | None = None) -> list[NodeShape]:
    """The shapes of a file, those of the package without one. Raises `InputError` for one that cannot be compiled."""
    import rdflib

    path = path or shapes_file()
    graph = rdflib.Graph()
    try:
        graph.parse(path)
    except Exception as error:
        raise InputError(f"{path}: no shapes can be read there: {error}") from error
    nodes = sorted(graph.subjects(rdflib.RDF.type, rdflib.URIRef(f"{SHACL}NodeShape")), key=str)
    return [_read_node(graph, node, path) for node in nodes]


def _read_node(graph: "Graph", node: "Node", path: Path) -> NodeShape:
    properties = [_read_property(graph, shape, path) for shape in _values(graph, node, f"{SHACL}property")]
    return NodeShape(
        target=_text(graph, node, f"{SHACL}targetClass", path),
        table=_text(graph, node, f"{TERMS}table", path),
        key=_text(graph, node, f"{TERMS}key", path),
        properties=tuple(sorted(properties, key=lambda shape: (shape.path, shape.message))),
    )


def _read_property(graph: "Graph", shape: "Node", path: Path) -> PropertyShape:
    import rdflib
    from rdflib.collection import Collection

    constraints: dict[str, Parameter] = {}
    for predicate, value in graph.predicate_objects(shape):
        name = str(predicate).removeprefix(SHACL)
        if not str(predicate).startswith(SHACL) or name in _SAID:
            continue
        if name not in CONSTRAINTS:
            raise InputError(f"{path}: sh:{name} cannot be checked on tables: use {', '.join(CONSTRAINTS)}")
        if name == "in":
            constraints[name] = tuple(str(member) for member in Collection(graph, value))
        elif isinstance(value, rdflib.Literal) and value.datatype is not None:
            constraints[name] = float(value)
        else:
            constraints[name] = str(value)
    way = next(iter(_values(graph, shape, f"{SHACL}path")))
    steps = (way,) if isinstance(way, rdflib.URIRef) else tuple(Collection(graph, way))
    severity = next(iter(_values(graph, shape, f"{SHACL}severity")), f"{SHACL}Violation")
    named = next(iter(_values(graph, shape, f"{TERMS}names")), None)
    return PropertyShape(
        path=tuple(map(str, steps)),
        column=_text(graph, shape, f"{TERMS}column", path),
        names=str(named) if named is not None else None,
        constraints=constraints,
        severity=str(severity).removeprefix(SHACL),
        message=_text(graph, shape, f"{SHACL}message", path),
    )


def _values(graph: "Graph", node: "Node", predicate: str) -> Iterator["Node"]:
    import rdflib

    yield from graph.objects(node, rdflib.URIRef(predicate))


def _text(graph: "Graph", node: "Node", predicate: str, path: Path) -> str:
    value = next(iter(_values(graph, node, predicate)), None)
    if value is None:
        raise InputError(f"{path}: a shape without {predicate.removeprefix(SHACL).removeprefix(TERMS)} ({node})")
    return str(value)
