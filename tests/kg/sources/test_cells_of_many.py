"""Cells that hold several things, folders as tables, joined columns: what the format of a source can say."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import sources
from kg.errors import InputError
from kg.sources import Reading
from kg.sources.declaration import load_specification
from kg.sources.join import pairs
from kg.sources.literals import read_list, read_weights
from kg.sources.values import Values

HEAD = """
title = "Ward"
licence = "CC0"
citation = "Nobody. Ward."
format_seen = "made for the tests"
placeholders = ["unknown"]
"""
TABLE = """
[[table]]
file = "ward.csv"
[image]
key = "photo"
"""


def read(folder: Path, specification: str, **files: str) -> Reading:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.toml").write_text(HEAD + specification, encoding="utf-8")
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    reading = sources.read("ward", folder, progress=False)
    assert reading.rows_in == reading.images.num_rows + reading.rejects.num_rows
    return reading


def said(reading: Reading, *columns: str) -> set[tuple[object, ...]]:
    return set(zip(*(reading.statements[name].to_pylist() for name in ("image", "surface", *columns)), strict=True))


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ('["a", "b, c"]', ("a", "b, c")),
        ("['a', 'b']", ("a", "b")),
        ("('a', 'b')", ("a", "b")),
        ("[]", ()),
        ('["a", ""]', ("a",)),
        ("[1, 2]", ("1", "2")),
        ("a, b", None),
        ("['a', ['b']]", None),
        ("['a'", None),
        ("{'a': 1}", None),
        ("__import__('os').getcwd()", None),
        ("[__import__('os').getcwd()]", None),
        ("[" * 9_000 + "]" * 9_000, None),
        ("[" + "-" * 9_000 + "1]", None),
        ("[" + "9" * 9_000 + "]", None),
        ("['" + "a" * 30_000 + "']", None),
    ],
)
def test_list_in_a_cell_is_read_as_data(cell: str, names: tuple[str, ...] | None) -> None:
    assert read_list(cell) == names


@pytest.mark.parametrize(
    ("cell", "weights"),
    [
        ("{'a': 0.25, 'b': 0.75}", (("b", 0.75), ("a", 0.25))),
        ('{"a": 1}', (("a", 1.0),)),
        ("{'a': 0.5, 'b': 0.5}", (("a", 0.5), ("b", 0.5))),
        ("{}", ()),
        ("{'a': True}", None),
        ("{'a': 'b'}", None),
        ('{"a": NaN}', None),
        ("['a']", None),
    ],
)
def test_weights_in_a_cell_are_ordered_by_weight(cell: str, weights: tuple[tuple[str, float], ...] | None) -> None:
    assert read_weights(cell) == weights


@given(st.text(alphabet="[]{}()'\",:-+.a1 \\", max_size=60))
def test_any_cell_is_read_or_is_no_list(cell: str) -> None:
    names = read_list(cell)
    assert names is None or all(isinstance(name, str) for name in names)


def test_differential_ranks_its_names_and_is_certain_of_one_alone(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + '[[fact]]\nrole = "condition"\ncolumn = "dx"\ncells = "weights"\ncertain = 1\n'
        'values = { SK = "seborrheic keratosis", "" = "" }\n',
        ward="photo,dx\na,\"{'Psoriasis': 0.3, 'SK': 0.7}\"\nb,{'Acne': 1.0}\nc,Acne\nd,{}\ne,\n",
    )
    rows = {(i, s, p, w and round(w, 1), r) for i, s, p, w, r in said(reading, "polarity", "weight", "rank")}  # type: ignore[call-overload]
    assert rows == {
        ("ward:a", "seborrheic keratosis", "uncertain", 0.7, 1),
        ("ward:a", "Psoriasis", "uncertain", 0.3, 2),
        ("ward:b", "Acne", "present", 1.0, 1),
    }
    assert "1 cells of 'dx' hold 'Acne', no weights of names" in reading.notes


def test_list_gives_each_of_its_names_as_its_own_words(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + '[[fact]]\nrole = "finding"\ncolumn = "signs"\ncells = "list"\n',
        ward="photo,signs\na,\"['scale', 'unknown', 'crust']\"\n",
    )
    assert said(reading, "raw") == {("ward:a", "scale", "scale"), ("ward:a", "crust", "crust")}


def test_pieces_of_a_cell_may_have_values_of_their_own(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + '[[fact]]\nrole = "finding"\ncolumn = "signs"\nseparator = ";"\n'
        'values = { "no scale" = { term = "scale", polarity = "absent" }, red = "erythema" }\n',
        ward="photo,signs\na,papule;plaque; no scale ;red;crust\nb,red\n",
    )
    assert said(reading, "polarity") == {
        ("ward:a", "papule;plaque", "present"),
        ("ward:a", "scale", "absent"),
        ("ward:a", "erythema", "present"),
        ("ward:a", "crust", "present"),
        ("ward:b", "erythema", "present"),
    }


def test_values_may_be_ranges() -> None:
    values = Values({"0..18": "child", "18..": "adult", "19": "nineteen", "..0": "wrong"})
    assert [values.get(cell) for cell in ("0", "17.99", "18", "19.0", "-3", "old", "")] == [
        "child",
        "child",
        "adult",
        "nineteen",
        "wrong",
        None,
        None,
    ]


def test_age_may_be_a_word_that_stands_for_years(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + 'age = { column = "age", values = { "AGE_30_TO_39" = 35, "80+" = "" } }\n',
        ward="photo,age\na,AGE_30_TO_39\nb,80+\nc,unknown\nd,ancient\n",
    )
    assert reading.images["age"].to_pylist() == [35, None, None, None]
    assert [note for note in reading.notes if "'age'" in note] == [
        "1 cells of 'age' hold 'ancient', which has no meaning here"
    ]


def test_prefix_is_cut_so_that_a_path_is_no_longer_absolute(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    reading = read(tmp_path, TABLE + 'prefix = "/data/"\n', ward="photo\n/data/a.jpg\n/other/b.jpg\n")
    assert reading.images["key"].to_pylist() == ["a.jpg"]
    assert reading.rejects["reason"].to_pylist() == ["absolute path"]


def test_group_key_may_be_of_several_columns(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + 'patient = "patient"\nlesion = "{patient}-{mark}"\n',
        ward="photo,patient,mark\na,1,x\nb,1,\nc,unknown,x\n",
    )
    assert reading.images["lesion"].to_pylist() == ["ward:1-x", None, None]
    assert reading.images["patient"].to_pylist() == ["ward:1", "ward:1", None]


def test_column_that_a_release_lacks_is_empty(tmp_path: Path) -> None:
    specification = TABLE + 'age = "age"\nlesion = "lesion"\noptional = ["age", "lesion"]\n'
    reading = read(tmp_path, specification, ward="photo,age\na,40\n")
    assert reading.images["age"].to_pylist() == [40]
    assert reading.images["lesion"].to_pylist() == [None]


def test_row_of_a_joined_file_says_it_of_every_row_that_it_belongs_to(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        TABLE + '[[join]]\nfile = "lesions.csv"\nkey = "lesion"\nof = "lesion"\ncolumns = ["age"]\n'
        '[[join.fact]]\nrole = "condition"\ncolumn = "dx"\n',
        ward="photo,lesion\na,1\nb,1\nc,2\nd,\n",
        lesions="lesion,dx,age\n1,acne,20\n1,rosacea,30\n2,psoriasis,40\n3,eczema,50\n,scabies,60\n",
    )
    assert said(reading) == {
        ("ward:a", "acne"),
        ("ward:a", "rosacea"),
        ("ward:b", "acne"),
        ("ward:b", "rosacea"),
        ("ward:c", "psoriasis"),
    }
    assert "2 rows of lesions.csv belong to no row of the table" in reading.notes
    assert "2 rows of lesions.csv are not used, another one has the same key" in reading.notes


def test_columns_of_a_joined_file_are_used_as_the_tables_own(tmp_path: Path) -> None:
    specification = """
[[table]]
file = "ward.csv"
[image]
key = "photo"
age = "age"
sex = { column = "sex", values = { F = "female" } }
[[join]]
file = "people.csv"
key = "patient"
of = "patient"
columns = ["age", "sex", "clinic"]
[[join]]
file = "clinics.csv"
key = "clinic"
of = "clinic"
columns = ["tone"]
optional = true
[[fact]]
role = "tone"
column = "tone"
"""
    files = {"ward": "photo,patient\na,1\nb,2\n", "people": "patient,age,sex,clinic\n1,50,F,X\n"}
    reading = read(tmp_path / "one", specification, **files)
    assert reading.images["age"].to_pylist() == [50, None]
    assert reading.images["sex"].to_pylist() == ["female", None]
    assert said(reading) == set()
    assert [note for note in reading.notes if note.startswith("clinics.csv not found")]

    reading = read(tmp_path / "two", specification, **files, clinics="clinic,tone\nX,FST 2\n")
    assert said(reading) == {("ward:a", "FST 2")}


def test_view_without_a_path_is_no_image(tmp_path: Path) -> None:
    specification = """
[[table]]
file = "ward.csv"
[image]
key = "{case}-{view}"
[[image.view]]
name = "1"
path = "first"
[[image.view]]
name = "2"
path = "second"
[[fact]]
role = "condition"
column = "dx"
"""
    reading = read(tmp_path, specification, ward="case,first,second,dx\n7,a.jpg,,acne\n8,b.jpg,c.jpg,scabies\n")
    assert reading.rows_in == 3
    assert said(reading) == {("ward:7-1", "acne"), ("ward:8-1", "scabies"), ("ward:8-2", "scabies")}


def test_header_below_a_preamble_keeps_the_lines_of_the_file(tmp_path: Path) -> None:
    specification = '[[table]]\nfile = "ward.csv"\nheader = 3\n[image]\nkey = "photo"\n'
    reading = read(tmp_path, specification, ward="A report,\nof the ward\nphoto,dx\na,1\nb\n")
    assert reading.images["key"].to_pylist() == ["a"]
    assert reading.rejects.select(["row", "reason"]).to_pylist() == [{"row": 5, "reason": "wrong number of cells"}]


REVIEWED = '[[fact]]\nrole = "condition"\ncolumn = "dx"\nvalues = { AD = "atopic dermatitis" }\n'


def test_reviewed_labels_say_what_the_values_leave_open(tmp_path: Path) -> None:
    (tmp_path / "read.tsv").write_text(
        "label\tterm\tkind\treader\nECZ\teczema\tcondition\tme\nAD\tAlzheimer disease\t\t\nnone\t-\t\t\nodd\t\t\t\n",
        encoding="utf-8",
    )
    reading = read(tmp_path, 'mapping = "read.tsv"\n' + TABLE + REVIEWED, ward="photo,dx\na,ecz\nb,AD\nc,none\nd,odd\n")
    assert said(reading) == {("ward:a", "eczema"), ("ward:b", "atopic dermatitis"), ("ward:d", "odd")}


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ('[[table]]\nfile = "a.csv"\nimages = "*"\n[image]\nkey = "a"', "table 1: give either 'file'"),
        ('[[table]]\nfile = "a.csv"\nheader = 0\n[image]\nkey = "a"', "'header' is 0"),
        ('[[table]]\nfile = "a.csv"\n[image]\nkey = "{a"', "image: 'key' is '{a'"),
        (TABLE + '[[fact]]\nrole = "site"\ncolumn = "a"\ncells = "heap"', "fact 1: 'cells' is 'heap'"),
        (
            TABLE + '[[fact]]\nrole = "site"\ncolumn = "a"\ncells = "list"\nseparator = ","',
            "'cells' goes with 'column'",
        ),
        (TABLE + '[[fact]]\nrole = "site"\ncolumn = "a"\ncertain = 1', "'certain' goes with cells"),
        (TABLE + '[[fact]]\nrole = "site"\ncolumn = "a"\nvalues = { x = 3 }', "'values' says 3"),
        (TABLE + '[[join]]\nfile = "b.csv"\nkey = "a"\nof = "a"', "join 1: a join needs 'columns'"),
        (TABLE + "age = 40", "image: 'age' must be a str or dict"),
        (TABLE + '[fact]\nrole = "site"', "'fact' must be a list"),
        ('table = ["a.csv"]\n[image]\nkey = "a"', "'table' must be written as [[table]]"),
        (TABLE + 2 * '[[join]]\nfile = "b.csv"\nkey = "a"\nof = "a"\ncolumns = ["age"]\n', "take over a column 'age'"),
        ('mapping = "none.tsv"\n' + TABLE, "none.tsv: cannot be read"),
    ],
)
def test_mistake_in_a_toml_file_is_named_with_its_place(specification: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "ward.toml"
    path.write_text(HEAD + specification, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_specification(path)
    assert str(caught.value).startswith(str(tmp_path))
    assert message in str(caught.value)


def write_workbook(path: Path, rows: list[list[object]]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.create_sheet("other").append(["photo"])
    workbook.save(path)


def test_workbook_row_with_a_cell_beyond_the_header_is_rejected(tmp_path: Path) -> None:
    write_workbook(tmp_path / "ward.xlsx", [["photo", "age"], ["a", 40.0], ["b", 41, "more"], [None], ["c", "=1+1"]])
    reading = read(tmp_path, '[[table]]\nfile = "ward.xlsx"\n[image]\nkey = "photo"\nage = "age"\n')
    assert reading.images.select(["key", "age"]).to_pylist() == [{"key": "a", "age": 40}, {"key": "c", "age": None}]
    assert reading.rejects.select(["row", "reason"]).to_pylist() == [{"row": 3, "reason": "wrong number of cells"}]


def test_workbook_without_the_sheet_or_that_is_none_says_so(tmp_path: Path) -> None:
    write_workbook(tmp_path / "ward.xlsx", [["photo"], ["a"]])
    specification = '[[table]]\nfile = "ward.xlsx"\nsheet = "march"\n[image]\nkey = "photo"\n'
    with pytest.raises(InputError, match="no sheet 'march'; there is Sheet, other"):
        read(tmp_path, specification)
    (tmp_path / "ward.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(InputError, match="not a readable workbook"):
        read(tmp_path, specification)


TEXTS = st.lists(st.sampled_from(["", "a", "b", "c"]), max_size=7)


@given(TEXTS, TEXTS)
def test_rows_are_matched_by_key_in_order(left: list[str], right: list[str]) -> None:
    rows, of = pairs(pa.array(left, pa.string()), pa.array(right, pa.string()))
    expected = [(i, j) for i, one in enumerate(left) for j, other in enumerate(right) if one and one == other]
    assert list(zip(rows.tolist(), of.tolist(), strict=True)) == expected
