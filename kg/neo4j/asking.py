"""Cypher on a Neo4j server, with the answers of the embedded engine."""

import logging
import re
import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kg.errors import InputError, QueryStopped
from kg.neo4j.server import Server
from kg.property_graph import EDGES, NODES
from kg.queries import check_cypher, check_timeout

if TYPE_CHECKING:
    from neo4j import Driver

PROCEDURES = frozenset({"db.index.fulltext.queryNodes", "db.index.vector.queryNodes"})
"""Procedures that a query may call beside what the embedded engine knows: they search the indexes of `push`."""


_PROPERTIES = {name for each in NODES.values() for name in each} | {n for e in EDGES.values() for n in e.properties}
_UNKNOWN: dict[str, tuple[str, Collection[str]]] = {
    "01N50": ("label", NODES),
    "01N51": ("relationship type", EDGES),
    "01N52": ("property", _PROPERTIES),
}
"""Status by which a server says that nothing in its database has a name, to what it is of and those of the schema."""

# what is wrong is raised: without a handler the driver's log would tell it on standard error as well
logging.getLogger("neo4j.notifications").addHandler(logging.NullHandler())


class Neo4jEngine:
    """A server that answers reading queries. Safe to use from several threads."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._driver: Driver | None = None

    def ask(self, query: str, parameters: dict[str, Any] | None = None, *, timeout: float = 60) -> pa.Table:
        """The answer as a table; of EXPLAIN, one cell `plan`.

        Nodes and relationships are maps of their properties and `_LABEL`. Raises InputError when the query is wrong,
        would do more than read, or names a label, type or property that neither the database nor the schema has;
        QueryStopped when the server has ended it after `timeout` seconds.
        """
        import neo4j

        check_timeout(timeout)
        check_cypher(query, parameters or {}, PROCEDURES)
        try:
            with (
                self._open().session(
                    database=self._server.database,
                    default_access_mode=neo4j.READ_ACCESS,
                    notifications_min_severity="WARNING",
                ) as session,
                session.begin_transaction(timeout=timeout) as transaction,
            ):
                result = transaction.run(query, parameters or {})
                names = result.keys()
                rows = [record.values() for record in result]
                summary = result.consume()
        except neo4j.exceptions.Neo4jError as error:
            if "TimedOut" in (error.code or "") or "Terminated" in (error.code or ""):
                raise QueryStopped(f"no answer within {timeout:g} s: narrow the query or allow more time") from error
            raise InputError(f"Cypher: {error.message}") from error
        except neo4j.exceptions.DriverError as error:
            raise InputError(f"{self._server.uri}: {error}") from error
        _refuse_unknown(summary.metadata.get("statuses", ()))
        if plan := summary.plan:
            return pa.table({"plan": [str(plan["args"]["string-representation"])]})
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return pa.Table.from_arrays([_column([_plain(value) for value in values]) for values in columns], names=names)

    def close(self) -> None:
        """End the connections. A later question opens others."""
        with self._lock:
            self._stack.close()
            self._driver = None

    def _open(self) -> "Driver":
        with self._lock:
            if self._driver is None:
                self._driver = self._stack.enter_context(self._server.connected())
            return self._driver


def _refuse_unknown(statuses: Iterable[Mapping[str, Any]]) -> None:
    """A misspelt name is no error to a server, which answers that there is nothing of it."""
    for status in statuses:
        kind, known = _UNKNOWN.get(status["gql_status"], ("", ()))
        found = re.search(r"`(.+)`", status["status_description"]) if kind else None
        if found and found[1] not in known:
            near = get_close_matches(found[1], known, 1)
            hint = f"did you mean {near[0]}?" if near else "`derm1m schema` lists them"
            raise InputError(f"Cypher: nothing in this database has the {kind} {found[1]}: {hint}")


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _plain(value: Any) -> Any:
    """A value of the driver as the embedded engine gives it."""
    from neo4j import graph

    match value:
        case graph.Node():
            [label] = value.labels
            return {"_LABEL": label, **_empty(NODES.get(label, {})), **dict(value)}
        case graph.Relationship():
            known = EDGES[value.type].properties if value.type in EDGES else {}
            return {"_LABEL": value.type, **_empty(known), **dict(value)}
        case graph.Path():
            return {"_NODES": [_plain(n) for n in value.nodes], "_RELS": [_plain(r) for r in value.relationships]}
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
    return value.to_native() if hasattr(value, "to_native") else value


def _empty(properties: Mapping[str, pa.DataType]) -> dict[str, Any]:
    """What the embedded engine gives where a server keeps no property."""
    return {name: [] if pa.types.is_list(type_) else None for name, type_ in properties.items()}
