"""The pair graph as a property graph: LadybugDB on disk, asked with Cypher."""

import glob
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError, QueryStopped
from kg.property_graph import EDGES, NODES, image_nodes, pair_edges, term_edges, term_nodes
from kg.queries import check_cypher
from kg.tables import Shard, Vocabulary

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


def write_part(parts: Path, name: str, shard: Shard, terms: pa.Table) -> None:
    """Write a shard's nodes and relationships as files that `load` copies, in a folder for each label and type."""
    for label, nodes in image_nodes(shard):
        _write_part(parts / label, name, nodes)
    for edges in pair_edges(shard, terms):
        _write_part(parts / edges.type.name / f"{edges.start}-{edges.end}", name, edges.table)


def _write_part(folder: Path, name: str, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"{name}.parquet", compression="lz4")


def load(folder: Path, vocabulary: Vocabulary, counts: pa.Table, parts: Path, *, threads: int = 0) -> dict[str, int]:
    """Write `graph.lbug` in `folder` and return the number of nodes and relationships by label and type.

    `parts` has what `write_part` wrote of the shards; `threads` of 0 are one a core. Raises OSError when the disk
    refuses.
    """
    import ladybug
    import pyarrow.parquet as pq

    for label, nodes in term_nodes(vocabulary, counts):
        _write_part(parts / label, "terms", nodes)
    for edges in term_edges(vocabulary, counts):
        _write_part(parts / edges.type.name / f"{edges.start}-{edges.end}", "terms", edges.table)
    written = dict.fromkeys((*NODES, *EDGES), 0)

    def copy(name: str, part: Path, options: str = "") -> None:
        if rows := sum(pq.read_metadata(file).num_rows for file in part.glob("*.parquet")):
            connection.execute(f"COPY {name} FROM '{_quoted(part)}/*.parquet'{options}")
            written[name] += rows

    with (
        ladybug.Database(folder / FILE, buffer_pool_size=_BUFFER) as database,
        ladybug.Connection(database, num_threads=threads) as connection,
    ):
        try:
            _create_schema(connection)
            for label in NODES:
                copy(label, parts / label)
            for name in EDGES:
                for part in sorted((parts / name).glob("*-*")):
                    start, end = part.name.split("-")
                    copy(name, part, f" (from='{start}', to='{end}')")
            for macro in _MACROS:
                connection.execute(f"CREATE MACRO {macro}")
            connection.execute("CHECKPOINT")
        except RuntimeError as error:
            if "IO exception" in str(error):
                raise OSError(str(error)) from error
            raise
    return written


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
            if any(sign in str(error) for sign in ("bad_alloc", "Buffer manager exception")):
                raise QueryStopped("Cypher: the query takes too much memory: narrow it") from error
            raise InputError(f"Cypher: {error}") from error
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
    """A path within the quotes of a COPY, where signs of a pattern stand for themselves."""
    return glob.escape(str(path)).replace("\\", "\\\\").replace("'", "\\'")


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
