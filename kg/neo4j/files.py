"""A graph as files for `neo4j-admin database import full`: the fastest way into a server, into an empty database."""

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.errors import InputError
from kg.neo4j.schema import BUILD, script
from kg.property_graph import EDGES, NODES, Edges, image_nodes, pair_edges, term_edges, term_nodes
from kg.tables import read_shard, read_vocabulary, shard_names
from kg.wording import counted

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

_TYPES = {
    pa.string(): "string",
    pa.int64(): "long",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.list_(pa.string()): "string[]",
}
_LIST = "\x1f"
_OPTIONS = (
    "--array-delimiter=U+001F",
    "--id-type=string",
    "--legacy-style-quoting=false",
    "--normalize-types=false",
    "--overwrite-destination=true",
)
ARGUMENTS, SCRIPT, SCHEMA = "import.args", "import.sh", "schema.cypher"
_COMMAND = """\
#!/bin/sh
# Import this graph into a database of a Neo4j server that is stopped; what the database holds is replaced.
#   NEO4J_HOME=/var/lib/neo4j ./{script} [DATABASE]
# Then start the server and run {schema}: cypher-shell --file {schema}
set -eu
cd "$(dirname "$0")"
exec "${{NEO4J_HOME:+$NEO4J_HOME/bin/}}neo4j-admin" database import full "${{1:-neo4j}}" "@{arguments}"
"""


@dataclass(frozen=True)
class ImportAccount:
    """What was written, by label and type."""

    folder: Path
    written: dict[str, int]
    files: int
    bytes: int

    def as_dict(self) -> dict[str, object]:
        """The account as plain values."""
        return {**self.__dict__, "folder": str(self.folder)}

    def as_text(self) -> str:
        """The account in a few lines, and what to do next."""
        nodes = sum(self.written[label] for label in NODES)
        edges = sum(self.written[name] for name in EDGES)
        return (
            f"{self.folder}: {counted(nodes, 'node')} and {counted(edges, 'relationship')} "
            f"in {counted(self.files, 'file')}, "
            f"{self.bytes / 1e6:,.0f} MB\n"
            f"import them with {self.folder / SCRIPT}, the server stopped; then run {self.folder / SCHEMA}"
        )


@dataclass
class _Source:
    """The files of a label, or of a type between two labels: a header, then data."""

    option: str  # --nodes=Pair
    header: str
    files: list[str] = field(default_factory=list)


def write_import(graph: "KnowledgeGraph", out: Path, *, progress: bool = True) -> ImportAccount:
    """Write CSV files, the arguments and command that import them, and the schema to run afterwards, in a folder.

    Text is quoted as RFC 4180 has it, whatever it holds. Raises InputError when the folder holds anything.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} holds something: name a folder that is new or empty")
    out.mkdir(parents=True, exist_ok=True)
    writer = _Writer(out)
    vocabulary, counts = read_vocabulary(graph.folder), graph.counts()
    total = sum(graph.info["nodes_and_relationships"].values())
    with tqdm(total=total, unit="row", unit_scale=True, disable=None if progress else True) as bar:
        writer.write("terms", term_nodes(vocabulary, counts), term_edges(vocabulary, counts), bar)
        for name in shard_names(graph.folder):
            shard = read_shard(graph.folder, name)
            writer.write(name, image_nodes(shard), pair_edges(shard, vocabulary.terms), bar)
    writer.write_build(graph.info["build"])
    arguments = [*_OPTIONS, *writer.multiline(), *writer.sources()]
    (out / ARGUMENTS).write_text("".join(f"{argument}\n" for argument in arguments), encoding="utf-8")
    command = out / SCRIPT
    command.write_text(_COMMAND.format(script=SCRIPT, schema=SCHEMA, arguments=ARGUMENTS), encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    (out / SCHEMA).write_text(script(), encoding="utf-8")
    files = [file for file in out.rglob("*") if file.is_file()]
    return ImportAccount(out, writer.written, len(files), sum(file.stat().st_size for file in files))


class _Writer:
    """Writes the files of tables, and keeps what the command must be told of them."""

    def __init__(self, out: Path) -> None:
        self.written = dict.fromkeys((*NODES, *EDGES), 0)
        self._out = out
        self._sources: dict[str, _Source] = {}
        self._broken: list[str] = []  # files in which a text holds a line break

    def write(
        self, part: str, nodes: Iterable[tuple[str, pa.Table]], edges: Iterable[Edges], bar: "tqdm[NoReturn]"
    ) -> None:
        """Write the nodes and relationships of one shard, or of the terms."""
        for label, table in nodes:
            bar.set_description(label)
            properties = NODES[label]
            header = [f"id:ID({label})", *(_typed(name, type_) for name, type_ in properties.items() if name != "id")]
            self._write(f"nodes/{label}", f"--nodes={label}", header, part, table.select(list(properties)))
            self.written[label] += len(table)
            bar.update(len(table))
        for group in edges:
            bar.set_description(group.type.name)
            properties = group.type.properties
            header = [f":START_ID({group.start})", f":END_ID({group.end})"]
            header += [_typed(name, type_) for name, type_ in properties.items()]
            name = f"relationships/{group.type.name}-{group.start}-{group.end}"
            table = group.table.select(["from", "to", *properties])
            self._write(name, f"--relationships={group.type.name}", header, part, table)
            self.written[group.type.name] += len(table)
            bar.update(len(table))

    def write_build(self, build: str) -> None:
        """Write the node that says which build the server holds, as a push leaves it."""
        header = [f"id:ID({BUILD})", "finished:boolean"]
        self._write(
            f"nodes/{BUILD}", f"--nodes={BUILD}", header, "build", pa.table({"id": [build], "finished": [True]})
        )

    def sources(self) -> Iterator[str]:
        """The options that name the files."""
        for source in self._sources.values():
            yield f'"{source.option}={",".join([source.header, *source.files])}"'

    def multiline(self) -> Iterator[str]:
        """The options that name the files with line breaks within a text; reading these is slower."""
        if self._broken:
            yield "--multiline-fields-format=v2"
            yield f'"--multiline-fields={",".join(self._broken)}"'

    def _write(self, name: str, option: str, header: list[str], part: str, table: pa.Table) -> None:
        from pyarrow import csv

        if name not in self._sources:
            (self._out / name).mkdir(parents=True)
            head = f"{name}/header.csv"
            (self._out / head).write_text(",".join(header) + "\n", encoding="utf-8")
            self._sources[name] = _Source(option, head)
        if not len(table):
            return
        file = f"{name}/{part}.csv"
        flat = _flat(table)
        csv.write_csv(flat, self._out / file, csv.WriteOptions(include_header=False, batch_size=64_000))
        self._sources[name].files.append(file)
        if any(_breaks_lines(column) for column in flat.columns):
            self._broken.append(file)


def _typed(name: str, type_: pa.DataType) -> str:
    return f"{name}:{_TYPES[type_]}"


def _flat(table: pa.Table) -> pa.Table:
    """The table with lists as text."""
    for place, column in enumerate(table.schema):
        if pa.types.is_list(column.type):
            table = table.set_column(place, column.name, pc.binary_join(table.column(place), _LIST))
    return table


def _breaks_lines(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_string(column.type):
        return False
    return bool(pc.any(pc.match_substring_regex(column, r"[\n\r]")).as_py())
