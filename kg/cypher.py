"""The pair graph as a property graph: LadybugDB on disk, asked with Cypher."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.property_graph import EDGES, NODES, edges, nodes
from kg.queries import check_cypher
from kg.tables import Tables

if TYPE_CHECKING:
    from ladybug import Connection

FILE = "graph.lbug"
_BUFFER = 1 << 30
_DATABASE = 4 << 40
_TYPES = {
    pa.string(): "STRING",
    pa.int64(): "INT64",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.list_(pa.string()): "STRING[]",
}
_MACROS = (  # functions of Neo4j's Cypher under their own names
    "type(edge) AS label(edge)",
    "toFloat(value) AS CAST(value AS DOUBLE)",
    "toInteger(value) AS CAST(value AS INT64)",
    "toString(value) AS CAST(value AS STRING)",
    "head(items) AS items[1]",
    "last(items) AS items[-1]",
    "split(words, separator) AS string_split(words, separator)",
)


def load(folder: Path, tables: Tables, scratch: Path) -> dict[str, int]:
    """Write `graph.lbug` in `folder` and return the number of nodes and relationships by label and type.

    The tables go through Parquet files in `scratch`, removed one after the other. Raises OSError when the disk refuses.
    """
    import ladybug
    import pyarrow.parquet as pq

    file = scratch / "copy.parquet"
    counts = dict.fromkeys((*NODES, *EDGES), 0)

    def copy(name: str, table: pa.Table, options: str = "") -> None:
        if len(table):
            pq.write_table(table, file)
            connection.execute(f"COPY {name} FROM '{_quoted(file)}'{options}")
            counts[name] += len(table)

    with (
        ladybug.Database(folder / FILE, buffer_pool_size=_BUFFER) as database,
        ladybug.Connection(database) as connection,
    ):
        try:
            _create_schema(connection)
            for label, table in nodes(tables):
                copy(label, table)
            for group in edges(tables):
                copy(group.type.name, group.table, f" (from='{group.start}', to='{group.end}')")
            for macro in _MACROS:
                connection.execute(f"CREATE MACRO {macro}")
            connection.execute("CHECKPOINT")
        except RuntimeError as error:
            if "IO exception" in str(error):
                raise OSError(str(error)) from error
            raise
    file.unlink(missing_ok=True)
    return counts


def reader(folder: Path) -> Callable[[str, dict[str, Any]], pa.Table]:
    """A function that answers queries on the graph below `folder`. Meant for a worker process: it has no time limit."""
    import ladybug

    database = ladybug.Database(folder / FILE, read_only=True, buffer_pool_size=_BUFFER, max_db_size=_BUFFER * 8)
    connection = ladybug.Connection(database)

    def answer(query: str, parameters: dict[str, Any]) -> pa.Table:
        check_cypher(query, parameters)
        try:
            result = connection.execute(query, parameters)
        except RuntimeError as error:
            full = any(sign in str(error) for sign in ("bad_alloc", "Buffer manager exception"))
            raise InputError(
                "Cypher: the query takes too much memory: narrow it" if full else f"Cypher: {error}"
            ) from error
        assert not isinstance(result, list)  # noqa: S101 - the check lets one statement through
        return _plain(result.get_as_arrow(10_000))

    return answer


def _create_schema(connection: "Connection") -> None:
    for label, properties in NODES.items():
        columns = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in properties.items())
        connection.execute(f"CREATE NODE TABLE {label} ({columns}, PRIMARY KEY (id))")
    for edge in EDGES.values():
        ends = [f"FROM {start} TO {end}" for start, end in edge.ends]
        typed = [f"{name} {_TYPES[kind]}" for name, kind in edge.properties.items()]
        connection.execute(f"CREATE REL TABLE {edge.name} ({', '.join([*ends, *typed])})")


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace("'", "\\'")


def _plain(table: pa.Table) -> pa.Table:
    """Whole decimals as integers; nodes and relationships without the engine's internal addresses."""
    return pa.table([_plain_column(column) for column in table.columns], names=_distinct(table.column_names))


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_decimal(column.type):
        return pc.cast(column, pa.int64() if column.type.scale == 0 else pa.float64())
    if pa.types.is_struct(column.type) or pa.types.is_list(column.type):
        return pa.chunked_array([pa.array([_bare(value) for value in column.to_pylist()])])
    return column


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in {"_ID", "_SRC", "_DST"}}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _distinct(names: list[str]) -> list[str]:
    return [name if names.index(name) == place else f"{name}:{place}" for place, name in enumerate(names)]
