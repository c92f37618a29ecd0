"""The columns of an export as text: cells of a delimited table, and JSON records.

What is said of an image is rendered once for each image, not for each of its pairs, and by Arrow's kernels.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.export.tabulation import Column, Part
from kg.pairs import Relation

LIST_SEPARATOR = "|"

_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = {"\\": "\\\\", '"': '\\"', **{chr(code): f"\\u{code:04x}" for code in range(0x20)}, **_SHORT}
_PLAIN = bytes(code for code in range(256) if chr(code) not in _ESCAPES)


def join_lists(table: pa.Table) -> pa.Table:
    """The table with each list as one text, its values separated by `|`."""
    columns = [
        pc.binary_join(column, LIST_SEPARATOR) if pa.types.is_list(column.type) else column for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def render_images(part: Part, *, leave_out: tuple[str, ...] = ()) -> Column:
    """What is known of each image as the members of a JSON object, with an object of its CURIEs by relation, absence
    and doubt included."""
    known = {name: _json(part.images[name]) for name in part.images.column_names if name not in leave_out}
    rendered = _members({**known, "facts": _facts(part)})
    # in one piece: Arrow puts the chunks together for each `take`, and pairs are taken slice by slice
    return rendered.combine_chunks() if isinstance(rendered, pa.ChunkedArray) else rendered


def render_pairs(part: Part, images: Column, *, leave_out: tuple[str, ...] = (), end: str = "") -> Column:
    """Each pair as a JSON object; `images` is what `render_images` gave of the part or of the one that it is cut of."""
    names = [name for name in part.pairs.column_names if name not in leave_out]
    pieces: list[Column | str] = []
    for name in names:  # texts that are never null: their quotes stand in the pieces between them
        before = '", ' if pieces else "{"
        pieces += [f'{before}"{name}": "', _escape(part.pairs[name])]
    return pc.binary_join_element_wise(*pieces, '", ', part.of_pairs(images), "}" + end, "")


def _members(values: dict[str, Column]) -> Column:
    return pc.binary_join_element_wise(*_interleave(values), "")


def _interleave(values: dict[str, Column]) -> list[Column | str]:
    """Names and values of the members of an object, joined in one pass."""
    parts = [[f'{", " if place else ""}"{name}": ', value] for place, (name, value) in enumerate(values.items())]
    return [piece for pair in parts for piece in pair]


def _json(column: Column) -> Column:
    if pa.types.is_list(column.type):
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        lists = pa.ListArray.from_arrays(whole.offsets, _escape(whole.values))
        joined = pc.binary_join(lists, '", "')
        said = pc.binary_join_element_wise('["', joined, '"]', "")
        return pc.if_else(pc.equal(pc.list_value_length(lists), 0), "[]", said)
    if pa.types.is_string(column.type):
        return pc.fill_null(pc.binary_join_element_wise('"', _escape(column), '"', ""), "null")
    return pc.fill_null(pc.cast(column, pa.string()), "null")


def _escape(texts: Column) -> Column:
    """The texts as they stand between the quotes of a JSON string."""
    found: set[int] = set()
    for chunk in getattr(texts, "chunks", [texts]):
        found.update(text_buffer(chunk).to_pybytes().translate(None, _PLAIN))
    for character, escaped in _ESCAPES.items():
        if ord(character) in found:
            texts = pc.replace_substring(texts, character, escaped)
    return texts


def text_buffer(texts: pa.StringArray) -> pa.Buffer:
    """The texts one after the other as UTF-8, without a copy."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return data.slice(int(bounds[0]), int(bounds[1] - bounds[0])) if data else pa.py_buffer(b"")


def _facts(part: Part) -> Column:
    pieces: list[Column] = []
    for relation in Relation:
        lists = part.facts.lists(relation)
        if len(lists.codes):
            joined = pc.binary_join(lists.as_array(part.facts.terms.curies), '", "')
            said = pc.binary_join_element_wise(f'"{relation.value}": ["', joined, '"], ', "")
            pieces.append(pc.if_else(pa.array(lists.lengths > 0), said, ""))
    if not pieces:
        return pa.array(["{}"]).take(pa.array(np.zeros(part.images.num_rows, np.int64)))
    told = pc.ascii_rtrim(pc.binary_join_element_wise(*pieces, ""), ", ")
    return pc.binary_join_element_wise("{", told, "}", "")
