"""Shapes checked on RDF by pySHACL."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kg import quads
from kg.errors import InputError
from kg.tables import Shard, Vocabulary
from kg.validation.report import FINDINGS
from kg.validation.shapes import CONSTRAINTS, SHACL, shapes_file

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

_IDENTIFIER = "http://purl.org/dc/terms/identifier"
_KIND = "https://w3id.org/derm1m/vocab#termKind"
_NAMES = {component: name for name, component in CONSTRAINTS.items()}


def check_shard(shard: Shard, vocabulary: Vocabulary, shapes: Path | None = None) -> pa.Table:
    """The findings (FINDINGS) in the RDF of a shard, without rows; the focus is an identifier, null for evidence."""
    data = _default_graph(quads.write_vocabulary(vocabulary, _no_counts()), quads.write_shard(shard, vocabulary.terms))
    return check_graph(data, shapes)


def read_graph(path: Path) -> "Graph":
    """The statements of an RDF file, in whatever graph they are. Raises `InputError` when it cannot be read."""
    import pyoxigraph as ox
    import rdflib

    try:
        quads_read = list(ox.parse(path=str(path)))
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: no RDF can be read there: {error}") from error
    graph = rdflib.Graph()
    lines = "".join(f"{quad.triple} .\n" for quad in quads_read)
    return graph.parse(data=lines, format="nt")


def check_graph(data: "Graph", shapes: Path | None = None) -> pa.Table:
    """The findings (FINDINGS) in RDF, without files and rows."""
    import pyshacl
    import rdflib

    known = rdflib.Graph().parse(shapes or shapes_file())
    _, results, _ = pyshacl.validate(data, shacl_graph=known, inference="none", advanced=False, js=False)
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"pySHACL cannot use the shapes: {results}")
    nodes = results.subjects(rdflib.RDF.type, rdflib.URIRef(f"{SHACL}ValidationResult"))
    rows = [_read_result(results, node, data) for node in nodes]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: [str(row[name]) for name in FINDINGS.names]), FINDINGS)


def _read_result(results: "Graph", node: "Node", data: "Graph") -> dict[str, Any]:
    import rdflib
    from rdflib.collection import Collection

    def said(name: str) -> Any:
        return results.value(node, rdflib.URIRef(f"{SHACL}{name}"))

    path, value = said("resultPath"), said("value")
    steps = (path,) if isinstance(path, rdflib.URIRef) else Collection(results, path)
    identifier = data.value(said("focusNode"), rdflib.URIRef(_IDENTIFIER))
    named = data.value(value, rdflib.URIRef(_IDENTIFIER)) if isinstance(value, rdflib.URIRef) else value
    return {
        "severity": str(said("resultSeverity")).removeprefix(SHACL),
        "file": "",
        "row": None,
        "column": "",
        "focus": str(identifier) if identifier is not None else None,
        "value": str(named if named is not None else value) if value is not None else None,
        "constraint": _NAMES[str(said("sourceConstraintComponent")).removeprefix(SHACL)],
        "path": " ".join(map(str, steps)),
        "message": str(said("resultMessage")),
    }


def _default_graph(*texts: Iterable[bytes | memoryview]) -> "Graph":
    """The default graph of TriG, with of the terms only what names them and their kind."""
    import pyoxigraph as ox
    import rdflib

    vocabulary, shard = (ox.parse(b"".join(map(bytes, text)), format=ox.RdfFormat.TRIG) for text in texts)
    wanted = [quad for quad in vocabulary if "/DERM_" not in quad.subject.value or quad.predicate.value == _KIND]
    wanted += [quad for quad in shard if isinstance(quad.graph_name, ox.DefaultGraph)]
    return rdflib.Graph().parse(data="".join(f"{quad.triple} .\n" for quad in wanted), format="nt")


def _no_counts() -> pa.Table:
    from kg.pairs import COUNTS

    return COUNTS.empty_table()
