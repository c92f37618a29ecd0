"""Tables that people send: sound rows are read, broken ones are told with their line."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.sources.tables import LINE, Table, read_table

COLUMNS = frozenset({"id", "text"})


def read(folder: Path, content: bytes, name: str = "table.csv") -> Table:
    path = folder / name
    path.write_bytes(content)
    return read_table(path, COLUMNS)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"id,text\n1,a\n2,b\n", [("1", "a", 2), ("2", "b", 3)]),
        (b"\xef\xbb\xbfid,text\n1,a\n", [("1", "a", 2)]),
        (b"id,text\r\n1,a\r\n", [("1", "a", 2)]),
        (b"id,text\r1,a\r2,b", [("1", "a", 2), ("2", "b", 3)]),
        (b"id,text\n\n1,a\n\n\n2,b\n", [("1", "a", 3), ("2", "b", 6)]),
        (b'id,text\n1,"two\nlines"\n2,b\n', [("1", "two\nlines", 2), ("2", "b", 4)]),
        (b'id,text\n1,"says ""no"", twice"\n', [("1", 'says "no", twice', 2)]),
        (b'id,text\n1,a 5" lesion\n', [("1", 'a 5" lesion', 2)]),
        ("id,text\n1,größer\n".encode(), [("1", "größer", 2)]),
        (b"id,text\n", []),
    ],
    ids=[
        "plain",
        "byte order mark",
        "CRLF",
        "CR",
        "blank lines",
        "line break",
        "quotes",
        "inch mark",
        "UTF-8",
        "empty",
    ],
)
def test_sound_rows_are_read_with_their_lines(content: bytes, rows: list[tuple[str, str, int]], tmp_path: Path) -> None:
    table = read(tmp_path, content)
    assert [tuple(row[name] for name in ("id", "text", LINE)) for row in table.rows.to_pylist()] == rows
    assert table.rejects == []


@pytest.mark.parametrize(
    ("record", "reason", "column"),
    [
        (b"2", "wrong number of cells", None),
        (b"2,b,c", "wrong number of cells", None),
        (b"2,a\x00b", "NUL character", "text"),
        (b"2,caf\xe9", "not UTF-8", "text"),
        (b'2,"b"c', "broken quotes", "text"),
        (b"2," + b"b" * 200_000, "cell too long", "text"),
    ],
)
def test_broken_row_is_rejected_and_its_neighbours_are_read(
    record: bytes, reason: str, column: str | None, tmp_path: Path
) -> None:
    table = read(tmp_path, b"id,text\n1,a\n" + record + b"\n3,c\n")
    assert [(reject.line, reject.column, reject.reason) for reject in table.rejects] == [(3, column, reason)]
    assert table.rows["id"].to_pylist() == ["1", "3"]


ADVICE = '; close it where its cell ends, and write a quote within a cell twice ("")'


@pytest.mark.parametrize(
    ("content", "read_ids", "reject"),
    [
        (
            'id,text\n1,a\n2,"b\n3,c\n',
            ["1"],
            (3, "text", "quote never closed", "line 3, character 3, is never closed: lines 3 to 4 (2) are one record"),
        ),
        (
            'id,text\r\n1,"one\r\ntwo"\r\n\r\n"2,b\r\n3,c\r\n',
            ["1"],
            (5, "id", "quote never closed", "line 5, character 1, is never closed: lines 5 to 6 (2) are one record"),
        ),
        (
            'id,text\n1,a\n2,"b\n3,c\n4,"d"\n5,e\n',
            ["1", "5"],
            (3, "text", "broken quotes", "line 3, character 3, closes in the middle of a cell: lines 3 to 5 (3) are"),
        ),
        (
            'id,text\n"1\n","a""a\f\n2,b\n',
            [],
            (2, "text", "quote never closed", "line 3, character 3, is never closed: lines 2 to 4 (3) are one record"),
        ),
        (
            'id,text\n2,"' + "3,a\n" * 40_000,
            ["3"] * 7_231,
            (
                2,
                "text",
                "cell too long",
                "more than 131,072 characters after the quote that opens in line 2, character",
            ),
        ),
    ],
    ids=["to the end", "of the first cell", "to the next quote", "of a later line", "to the longest cell"],
)
def test_quote_that_is_not_closed_is_told_with_where_it_opens_and_the_lines_that_it_takes(
    content: str, read_ids: list[str], reject: tuple[int, str, str, str], tmp_path: Path
) -> None:
    table = read(tmp_path, content.encode())
    assert table.rows["id"].to_pylist() == read_ids
    (found,) = table.rejects
    assert (found.line, found.column, found.reason) == reject[:3]
    assert reject[3] in found.detail
    assert found.detail.endswith(ADVICE)


def test_row_of_several_lines_with_too_many_cells_says_so(tmp_path: Path) -> None:
    table = read(tmp_path, b'id,text\n2,"b\n3,c","d\n"\n4,e\n')
    assert [reject.detail for reject in table.rejects] == [
        "3 cells, the header has 2; it runs from line 2 to 4: is a quote in it not closed?"
    ]
    assert table.rows["id"].to_pylist() == ["4"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        ("id,text\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"id,text,id\n1,a,2\n", "'id' stands 2 times"),
    ],
)
def test_file_that_is_no_table_is_an_error_that_names_it(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as error:
        read(tmp_path, content)
    assert "table.csv" in str(error.value)


def test_tab_separated_and_parquet_tables_read_alike(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2], "text": ["a", None]}), tmp_path / "table.parquet")
    tab = read(tmp_path, b"id\ttext\n1\ta\n2\t\n", "table.tsv")
    assert read_table(tmp_path / "table.parquet", COLUMNS).rows.to_pylist() == tab.rows.to_pylist()


def test_broken_parquet_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"table\.parquet"):
        read(tmp_path, b"PAR1 nothing", "table.parquet")


CELL = st.text(alphabet=st.sampled_from('ab,"\n\r\0é \t'), max_size=6)


@settings(deadline=None, max_examples=150)
@given(lines=st.lists(CELL, max_size=12), stray=st.binary(max_size=4))
def test_no_byte_sequence_breaks_the_reader(
    lines: list[str], stray: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = b"id,text\n" + "\n".join(lines).encode() + stray
    table = read(tmp_path_factory.mktemp("any"), content)
    taken = [*table.rows[LINE].to_pylist(), *(reject.line for reject in table.rejects)]
    assert len(set(taken)) == len(taken)
    assert all(line >= 2 for line in taken)
