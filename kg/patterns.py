"""How many triples match each pattern of a SPARQL query alone: what an engine has to join, in its own numbers."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kg.errors import InputError, QueryStopped
from kg.queries import check_sparql, declared_prefixes
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    import pyarrow as pa
    from rdflib.term import Node

Ask = Callable[..., "pa.Table"]


def count_patterns(query: str, ask: Ask, timeout: float) -> str:
    """A line for each triple pattern, the fewest triples first: their number and the pattern.

    A pattern that is not counted within `timeout` seconds is told so. Raises InputError for a query that is wrong.
    """
    check_sparql(query)
    counted = [(_count(pattern, ask, timeout), pattern) for pattern in _patterns(query)]
    counted.sort(key=lambda line: (line[0] is None, line[0] or 0, line[1]))
    shown = [("not counted in time" if count is None else f"{count:,}", pattern) for count, pattern in counted]
    width = max((len(count) for count, _ in shown), default=0)
    return "\n".join(f"{count:>{width}}  {pattern}" for count, pattern in shown)


def _count(pattern: str, ask: Ask, timeout: float) -> int | None:
    try:
        return int(ask(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}", timeout=timeout)["n"][0].as_py())
    except QueryStopped:
        return None


def _patterns(query: str) -> list[str]:
    """The triple patterns of a query, each once, as the query says them."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql import prepareQuery

    try:
        algebra = prepareQuery(query, initNs=declared_prefixes(query, PREFIXES)).algebra
    except ParseException as error:
        raise InputError(f"SPARQL: line {error.lineno}, column {error.column}: {error.msg}") from error
    except Exception as error:
        raise InputError(f"SPARQL: {error}") from error
    return list(dict.fromkeys(_walk(algebra, None)))


def _walk(node: Any, graph: "Node | None") -> Iterator[str]:
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(node, CompValue):
        inside = node.term if node.name == "Graph" else graph
        if node.name == "BGP":
            for triple in node.triples:
                said = " ".join(_said(part) for part in triple)
                yield said if inside is None else f"GRAPH {_said(inside)} {{ {said} }}"
        for key, part in node.items():
            if not (node.name == "BGP" and key == "triples"):
                yield from _walk(part, inside)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from _walk(part, graph)


def _said(part: Any) -> str:
    """A term, variable or path, its IRIs by their prefixes."""
    said = str(part.n3(_namespaces()))
    return f"?{part}" if said.startswith("_:") else said


def _namespaces() -> Any:
    from rdflib import Graph
    from rdflib.namespace import NamespaceManager

    manager = NamespaceManager(Graph(), bind_namespaces="none")
    for prefix, iri in PREFIXES.items():
        manager.bind(prefix, iri)
    return manager
