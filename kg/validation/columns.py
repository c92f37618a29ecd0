"""Shapes checked on the rows of a table, with Arrow's kernels: what a SHACL engine would find in their RDF."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.validation.report import FINDINGS
from kg.validation.shapes import NodeShape, PropertyShape

_TYPES = {
    "string": pa.types.is_string,
    "boolean": pa.types.is_boolean,
    "double": pa.types.is_floating,
    "integer": pa.types.is_integer,
}


@dataclass(frozen=True)
class Known:
    """What values are compared with: the keys of the tables that they name, and the kind of each term."""

    keys: Mapping[str, pa.Array | pa.ChunkedArray]  # by table
    kinds: Mapping[str, str]  # by CURIE


def check_table(table: pa.Table, shape: NodeShape, known: Known, file: str) -> pa.Table:
    """The findings (FINDINGS) of one shape in a table that may lack columns; rows count from 1."""
    found = [FINDINGS.empty_table()]
    for asked in shape.properties:
        if asked.column in table.column_names:
            found += _check_property(table, shape, asked, known, file)
    return pa.concat_tables(found)


def _check_property(
    table: pa.Table, shape: NodeShape, asked: PropertyShape, known: Known, file: str
) -> Iterator[pa.Table]:
    rows = pa.table(
        {
            "row": pa.array(np.arange(1, len(table) + 1)),
            "focus": table[shape.key],
            "value": table[asked.column],
        }
    )
    if len(asked.path) == 2:  # a relation, and the kind of the terms it goes to
        rows = rows.filter(pc.equal(table["relation"], asked.path[0].rpartition("#")[2]))
        kinds = pa.array([known.kinds.get(term) for term in rows["value"].to_pylist()], pa.string())
        rows = rows.set_column(2, "value", kinds)
    for constraint, parameter in asked.constraints.items():
        if constraint == "maxCount":
            wrong = _several(rows["focus"], rows["value"])
        elif constraint == "minCount":
            wrong = pc.is_null(rows["value"])
        elif constraint == "class":
            wrong = _is_not_in(rows["value"], known.keys[str(asked.names)])
        else:
            wrong = pc.fill_null(_CHECKS[constraint](rows["value"], parameter), False)
        if pc.any(wrong).as_py():
            yield _report(asked, constraint, file, rows.filter(wrong))


def _is_not_in(values: pa.ChunkedArray, known: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, value_set=known)))


_CHECKS: dict[str, Callable[[pa.ChunkedArray, Any], pa.ChunkedArray]] = {
    "datatype": lambda values, datatype: pc.and_(
        pc.is_valid(values), not _TYPES[datatype.rpartition("#")[2]](values.type)
    ),
    "in": lambda values, allowed: _is_not_in(values, pa.array(allowed)),
    "pattern": lambda values, pattern: pc.invert(pc.match_substring_regex(values, pattern)),
    "minLength": lambda values, length: pc.less(pc.utf8_length(values), length),
    "maxLength": lambda values, length: pc.greater(pc.utf8_length(values), length),
    "minInclusive": pc.less,
    "maxInclusive": pc.greater,
}
"""Which values are not as a constraint asks; null or false for null."""


def _several(keys: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.Array:
    """The rows of keys that have several values: in RDF they are one node with all of them."""
    said = pa.table({"key": keys, "value": values}).drop_null()
    counted = said.group_by("key", use_threads=False).aggregate([("value", "count_distinct")])
    several = counted.filter(pc.greater(counted["value_count_distinct"], 1))["key"]
    return pc.and_(pc.is_in(keys, value_set=several.combine_chunks()), pc.is_valid(values))


def _report(asked: PropertyShape, constraint: str, file: str, rows: pa.Table) -> pa.Table:
    """The findings at rows of `row`, `focus` and `value`."""
    always = {
        "severity": asked.severity,
        "file": file,
        "column": asked.column,
        "constraint": constraint,
        "path": " ".join(asked.path),
        "message": asked.message,
    }
    columns = {name: pa.array([value] * len(rows), pa.string()) for name, value in always.items()}
    columns |= {"row": rows["row"], "focus": rows["focus"], "value": pc.cast(rows["value"], pa.string())}
    return pa.table({name: columns[name] for name in FINDINGS.names}, schema=FINDINGS)
