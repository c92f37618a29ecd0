"""Validation of a graph, an exported table, or an RDF file against the shapes of the pair data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tqdm import tqdm

from kg.errors import InputError
from kg.export.replacement import ACCOUNT
from kg.pairs import IMAGES, PAIRS, Relation
from kg.tables import Shard, Vocabulary, read_shard, read_vocabulary, shard_names
from kg.validation import shacl
from kg.validation.columns import Known, check_table
from kg.validation.folders import Member, read_folder
from kg.validation.report import FINDINGS, Report
from kg.validation.shapes import NodeShape, read_shapes

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

SAMPLE = 200
"""Images whose RDF a SHACL engine looks at."""

TABLES = (".parquet", ".csv", ".tsv", ".jsonl")
"""Suffixes of exported tables; any other is taken for RDF."""

_TITLES = {"title": "text"}


def validate_graph(graph: "KnowledgeGraph", *, shapes: Path | None = None, sample: int = SAMPLE) -> Report:
    """Check every row of a graph, and the RDF of `sample` images by pySHACL where it is installed; both must agree."""
    known_shapes, vocabulary = read_shapes(shapes), read_vocabulary(graph.folder)
    names = shard_names(graph.folder)
    found = [_check_sources(vocabulary, known_shapes)]
    checked: Counter[str] = Counter(sources=len(vocabulary.sources))
    for name in tqdm(names, desc="validate", unit="shard", disable=None):
        shard = read_shard(graph.folder, name)
        found.append(_check_shard(shard, vocabulary, known_shapes, name))
        checked.update(images=len(shard.images), pairs=len(shard.pairs), facts=len(shard.facts))
    report = Report(pa.concat_tables([*found, *_find_repeated(graph, names)]), dict(checked))
    if not sample or find_spec("pyshacl") is None:
        return report
    chosen = _draw(graph, names, sample)
    differing = compare(chosen, vocabulary, known_shapes, shapes)
    return replace(report, sampled=len(chosen.images), disagreements=tuple(differing))


def validate_table(path: Path, *, shapes: Path | None = None) -> Report:
    """Check the rows of a table that `export-pairs` wrote. Raises `InputError` when it cannot be read."""
    table = _read_table(path)
    return Report(_check_pairs(table, path, path.name, read_shapes(shapes)), {"rows": len(table)})


def validate_export(path: Path, *, shapes: Path | None = None) -> Report:
    """Check the pairs of a folder of shards or images that `export-pairs` wrote, and that each has its files.

    Raises `InputError` when it cannot be read.
    """
    known_shapes = read_shapes(shapes)
    found, rows = [FINDINGS.empty_table()], 0
    for member in tqdm(read_folder(path), desc="validate", unit="file", disable=None):
        rows += len(member.pairs)
        found.append(_report_files(member))
        if len(member.pairs):
            found.append(_check_pairs(member.pairs, path / member.file, member.file, known_shapes))
    return Report(pa.concat_tables(found), {"rows": rows})


def _check_pairs(table: pa.Table, path: Path, file: str, shapes: list[NodeShape]) -> pa.Table:
    names = [_TITLES.get(name, name) for name in table.column_names]
    table = _typed(table.rename_columns(names), path)
    if not {"pair", "image", "source"} <= set(names):
        raise InputError(f"{path}: no table of pairs: it has no columns pair, image and source")
    nothing = Known({"images": table["image"], "sources": table["source"]}, {})
    of_pairs = (shape for shape in shapes if shape.table in ("pairs", "images"))
    return pa.concat_tables([FINDINGS.empty_table(), *(check_table(table, shape, nothing, file) for shape in of_pairs)])


def _report_files(member: Member) -> pa.Table:
    always = {"severity": "Violation", "file": member.file, "constraint": "minCount", "path": ACCOUNT}
    rows = [dict(zip(("focus", "column", "value", "message"), each, strict=True)) for each in member.wrong]
    return pa.Table.from_pylist([{**always, **row} for row in rows], FINDINGS)


def validate_rdf(path: Path, *, shapes: Path | None = None) -> Report:
    """Check an RDF file as a whole by pySHACL. Raises `InputError` when it cannot be read."""
    data = shacl.read_graph(path)
    found = shacl.check_graph(data, shapes)
    named = pa.array([path.name] * len(found), pa.string())
    columns = found.set_column(FINDINGS.get_field_index("file"), FINDINGS.field("file"), named)
    return Report(columns, {"triples": len(data)})


def compare(
    shard: Shard, vocabulary: Vocabulary, known_shapes: list[NodeShape], shapes: Path | None = None
) -> list[str]:
    """What only one of the two ways of checking finds in a shard: nothing, unless one of them is wrong."""
    tables = [_check_sources(vocabulary, known_shapes), _check_shard(shard, vocabulary, known_shapes, "")]
    by_rows = _essence(pa.concat_tables(tables), shard)
    by_engine = _essence(shacl.check_shard(shard, vocabulary, shapes), shard)
    only_rows = [f"rows: {' '.join(map(str, finding))}" for finding in sorted(by_rows - by_engine, key=str)]
    return only_rows + [f"SHACL: {' '.join(map(str, finding))}" for finding in sorted(by_engine - by_rows, key=str)]


def _essence(findings: pa.Table, shard: Shard) -> set[tuple[object, ...]]:
    """Findings without what only one of the ways knows: files, rows, which evidence, which pair of an image."""
    images = dict(zip(shard.pairs["pair"].to_pylist(), shard.pairs["image"].to_pylist(), strict=True))
    relations = {relation.value for relation in Relation}
    essence: set[tuple[object, ...]] = set()
    for finding in findings.to_pylist():
        local = finding["path"].split()[0].rpartition("#")[2]
        value = None if finding["constraint"] in _WITHOUT_VALUE else _plain(finding["value"])
        focus = images.get(finding["focus"], finding["focus"]) if local in relations else finding["focus"]
        if finding["column"] in _EVIDENCE:
            focus = None
        essence.add((finding["path"], finding["constraint"], focus, value))
    return essence


def _plain(value: str) -> float | str:
    """A number as such: RDF writes 40.0 where a table has 40."""
    try:
        return float(value)
    except ValueError:
        return value


_WITHOUT_VALUE = {"minCount", "maxCount", "class"}
_EVIDENCE = {"column", "rule", "weight", "rank", "confirmed_by", "who"}


def _check_sources(vocabulary: Vocabulary, shapes: list[NodeShape]) -> pa.Table:
    found = [
        check_table(vocabulary.sources, shape, Known({}, {}), "sources.parquet")
        for shape in shapes
        if shape.table == "sources"
    ]
    return pa.concat_tables([FINDINGS.empty_table(), *found])


def _check_shard(shard: Shard, vocabulary: Vocabulary, shapes: list[NodeShape], name: str) -> pa.Table:
    kinds = dict(zip(vocabulary.terms["term"].to_pylist(), vocabulary.terms["kind"].to_pylist(), strict=True))
    known = Known({"images": shard.images["image"], "sources": vocabulary.sources["source"]}, kinds)
    found = [
        check_table(getattr(shard, shape.table), shape, known, f"{shape.table}/{name}.parquet")
        for shape in shapes
        if shape.table != "sources"
    ]
    return pa.concat_tables([FINDINGS.empty_table(), *found])


def _find_repeated(graph: "KnowledgeGraph", names: list[str]) -> Iterator[pa.Table]:
    """Ids that several shards have, by their hashes first: ids in memory at once would be too many."""
    for table, key in (("images", "image"), ("pairs", "pair")):
        hashes = [np.empty(0, np.int64)]
        for name in names:
            ids = pc.unique(getattr(read_shard(graph.folder, name), table)[key]).to_pylist()
            hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
        values, counts = np.unique(np.concatenate(hashes), return_counts=True)
        repeated = set(values[counts > 1].tolist())
        if repeated:
            yield from _name_repeated(graph, names, table, key, repeated)


def _name_repeated(
    graph: "KnowledgeGraph", names: list[str], table: str, key: str, hashes: set[int]
) -> Iterator[pa.Table]:
    first: dict[str, str] = {}
    for name in names:
        rows = []
        for number, value in enumerate(getattr(read_shard(graph.folder, name), table)[key].to_pylist(), start=1):
            if hash(value) in hashes and first.setdefault(value, name) != name:
                message = f"{key} of another shard too ({table}/{first[value]}.parquet)"
                rows.append({"row": number, "focus": value, "value": value, "message": message})
        always = {"severity": "Violation", "file": f"{table}/{name}.parquet", "column": key}
        always |= {"constraint": "maxCount", "path": "http://purl.org/dc/terms/identifier"}
        yield pa.Table.from_pylist([{**always, **row} for row in rows], FINDINGS)


def _draw(graph: "KnowledgeGraph", names: list[str], count: int) -> Shard:
    """Some images from up to four shards, with their pairs and facts; the same ones each time."""
    chance = np.random.default_rng(0)
    parts = [read_shard(graph.folder, name) for name in chance.permutation(names)[:4]]
    chosen = []
    for part in parts:
        rows = np.sort(chance.permutation(len(part.images))[: -(-count // len(parts))])
        images = part.images.take(pa.array(rows))
        mine = [pc.is_in(getattr(part, name)["image"], value_set=images["image"]) for name in ("pairs", "facts")]
        chosen.append(Shard(images, part.pairs.filter(mine[0]), part.facts.filter(mine[1])))
    return Shard(*(pa.concat_tables(getattr(part, name) for part in chosen) for name in ("images", "pairs", "facts")))


def _read_table(path: Path) -> pa.Table:
    from pyarrow import csv, json, parquet

    try:
        match path.suffix.lower():
            case ".parquet":
                return parquet.read_table(path)
            case ".jsonl":
                return json.read_json(path)
            case _:
                return csv.read_csv(
                    path,
                    parse_options=csv.ParseOptions(delimiter=_separator(path), newlines_in_values=True),
                    convert_options=csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False),
                )
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path}: no table can be read there: {error}") from error


def _typed(table: pa.Table, path: Path) -> pa.Table:
    """The table with the columns that a graph has too in the type that they have there."""
    types = {field.name: field.type for schema in (IMAGES, PAIRS) for field in schema}
    for place, name in enumerate(table.column_names):
        if name in types:
            try:
                table = table.set_column(place, name, table[name].cast(types[name]))
            except pa.ArrowInvalid as error:
                raise InputError(f"{path}: the column {name} is not {types[name]}: {error}") from error
    return table


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        header = file.readline()
    return "\t" if "\t" in header else ","
