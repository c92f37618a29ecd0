"""Answers of the RDF graph in the formats of SPARQL's protocol, written within a worker process."""

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from kg.errors import InputError, QueryStopped
from kg.queries import check_sparql, declared_prefixes
from kg.sparql import PREFIXES, explain_error

ROWS = "rows"
"""The format of the query page: at most `limit` rows, each value with its kind, as JSON."""


def reader(folder: Path, longest: int) -> Callable[[dict[str, Any]], bytes]:
    """A function from a message to the answer on the store below `folder`, of at most `longest` bytes (0: any number).

    A message has `query`, `format` (a media type that pyoxigraph knows, or `ROWS` with a `limit`) and, where asked for,
    `default_graphs` and `named_graphs` (IRIs). Meant for a worker process: it has no time limit.
    """
    import pyoxigraph as ox

    store = ox.Store.read_only(str(folder / "rdf"))

    def answer(message: dict[str, Any]) -> bytes:
        query = message["query"]
        check_sparql(query)
        try:
            results = store.query(
                query,
                prefixes=declared_prefixes(query, PREFIXES),
                **_dataset(message.get("default_graphs", []), message.get("named_graphs", [])),
            )
            if message["format"] == ROWS:
                return json.dumps(_rows(results, message["limit"]), ensure_ascii=False).encode()
            sink = _Sink(longest)
            _write(results, sink, message["format"])
        except QueryStopped:
            raise
        except (SyntaxError, ValueError) as error:
            raise InputError(explain_error(query, error)) from error
        return bytes(sink.content)

    return answer


class _Sink:
    """Bytes in memory up to a limit."""

    def __init__(self, longest: int) -> None:
        self.content = bytearray()
        self.longest = longest

    def write(self, data: bytes) -> int:
        if self.longest and len(self.content) + len(data) > self.longest:
            raise QueryStopped(f"the answer is longer than {self.longest >> 20} MiB: narrow the query, or add LIMIT")
        self.content += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def _dataset(default: list[str], named: list[str]) -> dict[str, Any]:
    """The graphs that are asked for, and no others (SPARQL 1.1 Protocol, 2.1.4); without any, all there are."""
    import pyoxigraph as ox

    if not default and not named:
        return {}
    return {
        "default_graph": [ox.NamedNode(iri) for iri in default],
        "named_graphs": [ox.NamedNode(iri) for iri in named],
    }


def _write(results: Any, sink: _Sink, format: str) -> None:
    import pyoxigraph as ox

    if isinstance(results, ox.QueryTriples):
        kind = ox.RdfFormat.from_media_type(format)
        prefixes = PREFIXES if kind in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML) else None
        ox.serialize(results, sink, kind, prefixes=prefixes)  # type: ignore[arg-type]  # it is written to and flushed
    else:
        results.serialize(sink, ox.QueryResultsFormat.from_media_type(format))


def _rows(results: Any, limit: int) -> dict[str, Any]:
    import pyoxigraph as ox

    if isinstance(results, ox.QueryBoolean):
        return {"variables": ["answer"], "rows": [[{"value": str(bool(results)).lower()}]], "more": False}
    if isinstance(results, ox.QueryTriples):
        names = ["subject", "predicate", "object"]
        found = [(t.subject, t.predicate, t.object) for t in islice(results, limit + 1)]
    else:
        names = [variable.value for variable in results.variables]
        found = [tuple(solution) for solution in islice(results, limit + 1)]
    return {
        "variables": names,
        "rows": [[_cell(value) for value in row] for row in found[:limit]],
        "more": len(found) > limit,
    }


def _cell(value: Any) -> dict[str, str] | None:
    import pyoxigraph as ox

    if value is None:
        return None
    if isinstance(value, ox.NamedNode):
        return {"kind": "iri", "value": value.value}
    if isinstance(value, ox.Literal):
        return {"value": value.value, "datatype": value.datatype.value}
    return {"value": str(value)}
