"""A source described in TOML is read as it says, and every row is accounted for."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import sources
from kg.errors import InputError
from kg.pairs import CAPTIONS, IMAGES, REJECTS, STATEMENTS
from kg.sources import Reading

HEAD = """
title = "Ward"
licence = "CC0"
citation = "Nobody. Ward."
format_seen = "made for the tests"
"""
SIMPLE = (
    HEAD
    + """
placeholders = ["unknown"]
captions = ["note"]

[[table]]
file = "ward.csv"

[image]
key = "photo"
patient = "patient"
age = "age"
modality = "clinical"
sex = { column = "sex", values = { F = "female", M = "male" } }

[[fact]]
role = "condition"
column = "dx"
values = { pso = "psoriasis", nil = "" }

[[fact]]
role = "finding"
terms = { scaly = "scale" }
present = [1]
absent = [0]
uncertain = ["?"]
"""
)
COLUMNS = ("photo", "note", "patient", "age", "sex", "dx", "scaly")


def write(folder: Path, specification: str, **tables: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.toml").write_text(specification, encoding="utf-8")
    for name, content in tables.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    return folder


def ward(folder: Path, *rows: tuple[str, ...], specification: str = SIMPLE) -> Reading:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    return sources.read("ward", write(folder, specification, ward=text.getvalue()), progress=False)


def reasons(reading: Reading) -> list[tuple[int, str, str]]:
    return [(row["row"], row["column"], row["reason"]) for row in reading.rejects.to_pylist()]


def said(reading: Reading) -> set[tuple[str, str, str]]:
    return {(row["image"], row["polarity"], row["surface"]) for row in reading.statements.to_pylist()}


def test_row_becomes_image_caption_and_statements(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "p1.JPG").write_bytes(b"x")

    reading = ward(tmp_path, ("p1.png", "A plaque.", "7", "40.0", "F", "PSO", "1.0"))

    assert reading.images.schema == IMAGES
    assert reading.captions.schema == CAPTIONS
    assert reading.statements.schema == STATEMENTS
    assert reading.rejects.schema == REJECTS
    assert reading.images.to_pylist() == [
        {
            "image": "ward:p1.png",
            "source": "ward",
            "key": "p1.png",
            "root": str(tmp_path.resolve()),
            "path": "deep/er/p1.JPG",
            "available": True,
            "modality": "clinical",
            "patient": "ward:7",
            "lesion": None,
            "case": None,
            "age": 40.0,
            "sex": "female",
            "source_split": None,
        }
    ]
    assert reading.captions.to_pylist() == [{"image": "ward:p1.png", "column": "note", "text": "A plaque."}]
    assert said(reading) == {("ward:p1.png", "present", "psoriasis"), ("ward:p1.png", "present", "scale")}


def test_empty_unknown_and_void_values_say_nothing(tmp_path: Path) -> None:
    reading = ward(tmp_path, ("p1", "", "unknown", "", "", "nil", "Unknown"), ("p2", " ", "", "", "", "unknown", ""))
    assert said(reading) == set()
    assert reading.captions.num_rows == 0
    assert reading.images["patient"].to_pylist() == [None, None]


def test_yes_no_and_perhaps_have_their_polarity(tmp_path: Path) -> None:
    rows = [(f"p{number}", "", "", "", "", "", answer) for number, answer in enumerate(["1", "0", "?"])]
    assert said(ward(tmp_path, *rows)) == {
        ("ward:p0", "present", "scale"),
        ("ward:p1", "absent", "scale"),
        ("ward:p2", "uncertain", "scale"),
    }


def test_value_without_a_meaning_is_kept_as_it_is_or_noted(tmp_path: Path) -> None:
    reading = ward(tmp_path, ("p1", "", "", "old", "X", "moon pox", "perhaps"))
    assert said(reading) == {("ward:p1", "present", "moon pox")}
    assert [note for note in reading.notes if "'scaly'" in note and "perhaps" in note]
    assert [note for note in reading.notes if "'sex'" in note]
    assert [note for note in reading.notes if "'age'" in note]


def test_missing_image_is_no_rejection_and_counted(tmp_path: Path) -> None:
    reading = ward(tmp_path, ("p1", "a", "", "", "", "", ""))
    assert reading.images["available"].to_pylist() == [False]
    assert reading.images["path"].to_pylist() == [None]
    assert reading.rejects.num_rows == 0
    assert [note for note in reading.notes if note.startswith("1 of 1 image not found")]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "empty key"),
        ("first", "duplicate key"),
        ("../secret", "path leaves the folder"),
        ("a/../../secret", "path leaves the folder"),
        ("/etc/passwd", "absolute path"),
        ("C:\\secret", "absolute path"),
        ("door", "path leaves the folder"),
        ("door/secret", "path leaves the folder"),
    ],
)
def test_key_that_cannot_be_used_is_rejected(key: str, reason: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jpg").write_bytes(b"x")
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "door").symlink_to(outside)
    (folder / "door.jpg").symlink_to(outside / "secret.jpg")

    reading = ward(folder, ("first", "a", "", "", "", "pso", ""), (key, "b", "", "", "", "pso", ""))

    assert [(row, found) for row, _, found in reasons(reading)] == [(3, reason)]
    assert said(reading) == {("ward:first", "present", "psoriasis")}
    assert reading.captions["text"].to_pylist() == ["a"]


def test_duplicate_names_the_line_of_the_first(tmp_path: Path) -> None:
    reading = ward(
        tmp_path, ("p", "", "", "", "", "", ""), ("q", "", "", "", "", "", ""), ("p", "", "", "", "", "", "")
    )
    assert reading.rejects.to_pylist()[0]["detail"] == "p stands in line 2 before"


def test_row_that_cannot_be_parsed_is_in_the_account(tmp_path: Path) -> None:
    write(tmp_path, SIMPLE, ward=",".join(COLUMNS) + "\np1,a\np2,b,,,,,\n")
    reading = sources.read("ward", tmp_path, progress=False)
    assert reasons(reading) == [(2, None, "wrong number of cells")]
    assert reading.rows_in == 2


ROWS = st.lists(
    st.tuples(st.sampled_from(["p1", "p2", "", "../p", "/p", "é", 'q"', "a\nb", "x\0y"]), *[st.text(max_size=3)] * 6)
)


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, tail=st.text(alphabet='p,"\n\r', max_size=20))
def test_every_row_is_an_image_or_a_reject(
    rows: list[tuple[str, ...]], tail: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    content = (text.getvalue() + tail).encode(errors="surrogatepass").decode(errors="replace")
    folder = write(tmp_path_factory.mktemp("any"), SIMPLE, ward=content)

    reading = sources.read("ward", folder, progress=False)

    assert reading.rows_in == reading.images.num_rows + reading.rejects.num_rows
    assert tail or reading.rows_in == len(rows)
    assert max(Counter(reading.images["key"].to_pylist()).values(), default=1) == 1


JOINED = (
    HEAD
    + """
[[table]]
file = "ward.csv"
[image]
key = "photo"
[[join]]
file = "marks.csv"
key = "picture"
of = "{photo}.jpg"
optional = true
drop = { skip = "1" }
[[join.fact]]
role = "finding"
terms = ["scale", "crust"]
present = [1]
absent = [0]
"""
)


def test_joined_file_adds_its_facts_without_dropped_and_foreign_rows(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        JOINED,
        ward="photo\na\nb\nc\n",
        marks="picture,scale,crust,skip\na.jpg,1,0,0\nb.jpg,1,1,1\nz.jpg,1,1,0\nragged\n",
    )

    reading = sources.read("ward", folder, progress=False)

    assert said(reading) == {("ward:a", "present", "scale"), ("ward:a", "absent", "crust")}
    assert "1 rows of marks.csv dropped, marked 'skip'" in reading.notes
    assert "1 rows of marks.csv belong to no row of the table" in reading.notes
    assert [(row["file"], row["row"]) for row in reading.rejects.to_pylist()] == [("marks.csv", 5)]
    assert reading.rows_in == reading.images.num_rows + reading.rejects.num_rows
    assert set(reading.sha256) == {"ward.csv", "marks.csv"}


def test_optional_joined_file_may_be_missing(tmp_path: Path) -> None:
    reading = sources.read("ward", write(tmp_path, JOINED, ward="photo\na\n"), progress=False)
    assert reading.images.num_rows == 1
    assert [note for note in reading.notes if "marks.csv" in note]


VIEWS = (
    HEAD
    + """
[[table]]
file = "ward.csv"
[image]
key = "{case}-{view}"
case = "case"
[[image.view]]
name = "near"
path = "near"
modality = "dermoscopic"
[[image.view]]
name = "far"
path = "far"
modality = "clinical"
[[split_file]]
file = "train.csv"
column = "index"
by = "position"
split = "train"
[[fact]]
role = "finding"
column = "sign"
views = ["near"]
"""
)


def test_row_with_two_images_gives_two_and_a_repeated_picture_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        VIEWS,
        ward="case,near,far,sign\n1,a.jpg,b.jpg,scale\nbroken\n2,c.jpg,c.jpg,crust\n",
        train="index\n2\n",
    )

    reading = sources.read("ward", folder, progress=False)

    images = {row["key"]: (row["modality"], row["case"], row["source_split"]) for row in reading.images.to_pylist()}
    assert images == {
        "1-near": ("dermoscopic", "ward:1", None),
        "1-far": ("clinical", "ward:1", None),
        "2-near": ("dermoscopic", "ward:2", "train"),
    }
    assert {row["reason"] for row in reading.rejects.to_pylist()} == {"duplicate image", "wrong number of cells"}
    assert reading.rows_in == 5
    assert said(reading) == {("ward:1-near", "present", "scale"), ("ward:2-near", "present", "crust")}


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ('column = "dx"', 'colum = "dx"', "did you mean 'column'"),
        ('role = "condition"', 'role = "illness"', "must be one of condition"),
        ('title = "Ward"', "", "'title' is missing"),
        ('F = "female"', 'F = "woman"', "'woman'"),
        ("present = [1]", "", "needs 'present'"),
        ("[image]", "[image", "not valid TOML"),
    ],
)
def test_wrong_specification_is_an_error_that_tells_what_to_do(
    wrong: str, right: str, message: str, tmp_path: Path
) -> None:
    assert wrong in SIMPLE
    with pytest.raises(InputError, match=message.replace("[", r"\[")) as error:
        ward(tmp_path, specification=SIMPLE.replace(wrong, right, 1))
    assert "source.toml" in str(error.value)


def test_specification_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert ward(tmp_path, specification="\ufeff" + SIMPLE).spec.title == "Ward"


def test_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'age'.*the columns are photo, note"):
        sources.read("ward", write(tmp_path, SIMPLE, ward="photo,note,patient,sex,dx,scaly\n"), progress=False)


def test_missing_table_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'ward\.csv'.*there is bed\.csv"):
        sources.read("ward", write(tmp_path, SIMPLE, bed="photo\n"), progress=False)


def test_unknown_source_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'ham10000'"):
        sources.read("ham1000", tmp_path)


def test_every_source_of_the_package_tells_licence_and_citation() -> None:
    assert {"derm1m", "derm7pt", "fitzpatrick17k", "ham10000", "pad-ufes-20"} <= set(sources.names())
    for name in sources.names():
        spec = sources.describe(name)
        assert spec.name == name
        assert spec.licence
        assert spec.citation
