"""Labels of a build that link by a rule that is often wrong: applied, counted, and listed for a person to read."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from kg.linking import SURE, rule_confidence
from kg.tables import read_table, shard_names

UNSURE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("surface", pa.string()),
        pa.field("term", pa.string(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("confidence", pa.float64(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),  # facts
    ]
)

_KEYS = ["column", "surface", "term", "rule"]


def find_unsure(build: Path, captions: Mapping[str, tuple[str, ...]]) -> pa.Table:
    """The labels of each source (`UNSURE`) that link by such a rule, the most frequent first.

    `captions` are the columns of running text of each source, of which other rules decide.
    """
    rules = {rule: confidence for rule, confidence in rule_confidence().items() if confidence < SURE}
    parts = [_count(build, name, captions, list(rules)) for name in shard_names(build)]
    keys = ["source", *_KEYS]
    counted = pa.concat_tables(parts).group_by(keys, use_threads=False).aggregate([("count", "sum")])
    terms = read_table(build, "terms", ["term", "label"])
    place = pc.index_in(counted["term"], value_set=terms["term"].combine_chunks())
    told = {
        **{name: counted[name] for name in keys},
        "label": terms["label"].take(place),
        "confidence": pa.array([rules[rule] for rule in counted["rule"].to_pylist()], pa.float64()),
        "count": counted["count_sum"],
    }
    table = pa.table([told[name] for name in UNSURE.names], schema=UNSURE)
    return table.sort_by([("count", "descending"), ("source", "ascending"), ("surface", "ascending")])


def tally_unsure(unsure: pa.Table) -> dict[str, dict[str, int]]:
    """How many facts each source has by each rule."""
    counted: dict[str, dict[str, int]] = {}
    for row in unsure.to_pylist():
        of_source = counted.setdefault(row["source"], {})
        of_source[row["rule"]] = of_source.get(row["rule"], 0) + row["count"]
    return counted


def _count(build: Path, shard: str, captions: Mapping[str, tuple[str, ...]], rules: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    source = unquote(shard.rpartition("-")[0])
    file = build / "facts" / f"{shard}.parquet"
    facts = pq.read_table(file, columns=_KEYS, filters=[("rule", "in", rules)], partitioning=None)
    facts = facts.filter(pc.invert(pc.is_in(facts["column"], value_set=pa.array(captions[source], pa.string()))))
    counted = facts.group_by(_KEYS, use_threads=False).aggregate([([], "count_all")])
    named = counted.rename_columns([*_KEYS, "count"])
    return named.add_column(0, "source", pa.array([source] * len(named), pa.string()))
