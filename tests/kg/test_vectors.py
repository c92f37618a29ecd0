"""Tables of embeddings: what is read of them, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kg.errors import InputError
from kg.neo4j.vectors import read_vectors


@pytest.mark.parametrize("kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), 2), pa.large_list(pa.int64())])
def test_lists_of_any_numbers_are_read_as_vectors(kind: pa.DataType, tmp_path: Path) -> None:
    table = pa.table({"id": ["a", "b"], "more": [1, 2], "embedding": pa.array([[1, 0], [3, 4]], kind)})
    pq.write_table(table, tmp_path / "v.parquet")
    assert read_vectors(tmp_path / "v.parquet").to_pylist() == [
        {"id": "a", "embedding": [1, 0]},
        {"id": "b", "embedding": [3, 4]},
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["a"]}, "not a Parquet file with the columns id and embedding"),
        ({"id": ["a"], "embedding": [1.0]}, "column embedding holds double, not lists of numbers"),
        ({"id": ["a"], "embedding": [["x"]]}, "column embedding holds list<.*string>, not lists of numbers"),
        ({"id": ["a", None], "embedding": [[1.0], [1.0]]}, r"row 2 \(None\): no id"),
        ({"id": ["a", "b", "a"], "embedding": [[1.0]] * 3}, r"row 3 \(a\): the id stands in an earlier row too"),
        ({"id": ["a", "b"], "embedding": [[1.0], None]}, r"row 2 \(b\): no vector"),
        ({"id": ["a", "b"], "embedding": [[1.0, 2.0], [1.0]]}, r"row 2 \(b\): not 2 numbers as in the first row"),
        ({"id": ["a"], "embedding": [[float("nan")]]}, r"row 1 \(a\): a number that is not finite"),
        ({"id": ["a"], "embedding": [[None, 1.0]]}, r"row 1 \(a\): a number that is not finite"),
        ({"id": ["a"], "embedding": [[0.0, 0.0]]}, r"row 1 \(a\): all zeros"),
        ({"id": ["a"], "embedding": [[1.0] * 4097]}, "vectors of 4097 dimensions; an index takes 1 to 4,096"),
        ({"id": pa.array([], pa.string()), "embedding": pa.array([], pa.list_(pa.float32()))}, "no row"),
    ],
)
def test_what_is_wrong_with_a_table_of_embeddings_is_told(
    columns: dict[str, Any], message: str, tmp_path: Path
) -> None:
    pq.write_table(pa.table(columns), tmp_path / "v.parquet")
    with pytest.raises(InputError, match=message):
        read_vectors(tmp_path / "v.parquet")
