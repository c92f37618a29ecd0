"""What the facts say of each image or pair, gathered into lists, with equal lists kept once.

A million pairs have few distinct lists of findings or diseases: what is costly (walking the graph, rendering a
sentence) is done once for each distinct list, and the rows carry a code.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SEPARATOR = "\x1f"

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Facet:
    """A list of values for each row: `distinct[codes[row]]`; code 0 is the empty list."""

    codes: Codes  # (rows,)
    distinct: list[tuple[str, ...]]

    def map(self, function: Callable[[tuple[str, ...]], object], type: pa.DataType) -> pa.Array:
        """`function` of each row's list, called once for each distinct one."""
        return pa.array([function(values) for values in self.distinct], type).take(pa.array(self.codes))


def locate(keys: pa.ChunkedArray, known: pa.ChunkedArray) -> Codes:
    """The place of each key in `known`, which has each once; -1 where it is absent.

    Equal keys that follow each other, as the facts of a pair do, are looked up once.
    """
    runs = [pc.run_end_encode(chunk, run_end_type=pa.int64()) for chunk in keys.chunks]
    found = pc.index_in(pa.chunked_array([run.values for run in runs], keys.type), value_set=known)
    lengths = [np.empty(0, np.int64), *(np.diff(run.run_ends.to_numpy(), prepend=0) for run in runs)]
    places: Codes = np.repeat(pc.fill_null(found, -1).to_numpy().astype(np.int64), np.concatenate(lengths))
    return places


def gather(rows: Codes, values: pa.Array | pa.ChunkedArray, count: int, *, ordered: bool = True) -> Facet:
    """The values of each of `count` rows, each once.

    `rows[i]` is the row that `values[i]` speaks of. Values come in their own order, or with `ordered=False` in the
    order in which they are first said.
    """
    encoded = _encoded(values)
    vocabulary = encoded.dictionary.to_pylist()
    if not vocabulary:
        return Facet(np.zeros(count, np.int64), [()])
    alphabetical = sorted(range(len(vocabulary)), key=vocabulary.__getitem__)
    rank = np.empty(len(vocabulary), np.int64)
    rank[alphabetical] = np.arange(len(vocabulary))
    words = [vocabulary[i] for i in alphabetical]
    composite, first = np.unique(rows * len(words) + rank[encoded.indices.to_numpy()], return_index=True)
    if not ordered:
        said = np.argsort(first, kind="stable")
        composite = composite[said[np.argsort(composite[said] // len(words), kind="stable")]]
    return _facet(composite // len(words), composite % len(words), words, count)


def _encoded(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


def _facet(rows: Codes, ranks: Codes, words: list[str], count: int) -> Facet:
    """Rows sorted, with the rank of each value, as codes of distinct lists."""
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))])
    spelled = pa.array([str(i) for i in range(len(words))]).take(pa.array(ranks))
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), spelled)
    joined = pa.concat_arrays([pa.array([""]), pc.binary_join(lists, SEPARATOR)]).dictionary_encode()
    distinct = [tuple(words[int(i)] for i in key.split(SEPARATOR) if i) for key in joined.dictionary.to_pylist()]
    return Facet(joined.indices.to_numpy().astype(np.int64)[1:], distinct)
