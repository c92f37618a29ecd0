"""The columns of an export as text: cells of a delimited table, and JSON records.

What is said of an image is rendered once for each image, not for each of its pairs, and by Arrow's kernels.
"""

import pyarrow as pa
import pyarrow.compute as pc

from kg.export.tabulation import Column, Part
from kg.pairs import Relation

LIST_SEPARATOR = "|"

_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = [(chr(code), _SHORT.get(chr(code), f"\\u{code:04x}")) for code in range(0x20)]


def join_lists(table: pa.Table) -> pa.Table:
    """The table with each list as one text, its values separated by `|`."""
    columns = [
        pc.binary_join(column, LIST_SEPARATOR) if pa.types.is_list(column.type) else column for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def render_records(part: Part, *, leave_out: tuple[str, ...] = ()) -> Column:
    """Each pair as a JSON object, with an object of the image's CURIEs by relation, absence and doubt included."""
    known = [name for name in part.images.column_names if name not in leave_out]
    images = _joined([*(_member(name, part.images[name]) for name in known), _facts(part)])
    own = [name for name in part.pairs.column_names if name not in leave_out]
    members = [*(_member(name, part.pairs[name]) for name in own), part.of_pairs(images)]
    return pc.binary_join_element_wise("{", _joined(members), "}", "")


def _joined(members: list[Column]) -> Column:
    return pc.binary_join_element_wise(*members, ", ")


def _member(name: str, column: Column) -> Column:
    return pc.binary_join_element_wise(f'"{name}": ', _json(column), "")


def _json(column: Column) -> Column:
    if pa.types.is_list(column.type):
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        quoted = pa.ListArray.from_arrays(whole.offsets, _quoted(whole.values))
        return pc.binary_join_element_wise("[", pc.binary_join(quoted, ", "), "]", "")
    if pa.types.is_string(column.type):
        return pc.fill_null(_quoted(column), "null")
    return pc.fill_null(pc.cast(column, pa.string()), "null")


def _quoted(texts: Column) -> Column:
    """JSON strings; null for null."""
    texts = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    if pc.any(pc.match_substring_regex(texts, r"[\x00-\x1f]")).as_py():
        for character, escape in _ESCAPES:
            texts = pc.replace_substring(texts, character, escape)
    return pc.binary_join_element_wise('"', texts, '"', "")


def _facts(part: Part) -> Column:
    members = []
    for relation in Relation:
        lists = part.facts.lists(relation).as_array(part.facts.terms.curies)
        said = pc.greater(pc.list_value_length(lists), 0)
        text = pc.binary_join_element_wise(f'"{relation.value}": ["', pc.binary_join(lists, '", "'), '"], ', "")
        members.append(pc.if_else(said, text, ""))
    told = pc.ascii_rtrim(pc.binary_join_element_wise(*members, ""), ", ")
    return pc.binary_join_element_wise('"facts": {', told, "}", "")
