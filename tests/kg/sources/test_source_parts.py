"""A source that is read a part at a time says what it says when it is read whole."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import sources
from kg.shards import divide
from kg.sources import Part, Reading
from kg.sources.firsts import Firsts
from tests.kg.sources.test_source_reader import HEAD, write

WARD = (
    HEAD
    + """
captions = ["note"]

[[table]]
file = "*.csv"

[image]
key = "{photo}-{view}"
[[image.view]]
name = "near"
path = "{near}"
[[image.view]]
name = "far"
path = "{far}"

[[fact]]
role = "condition"
column = "dx"

[[join]]
file = "seen.tsv"
key = "photo"
of = "photo"
[[join.fact]]
role = "finding"
column = "finding"
"""
)
ROWS = """photo,near,far,dx,note
1,1n.jpg,1f.jpg,psoriasis,red
2,2n.jpg,,eczema,
,3n.jpg,3f.jpg,eczema,no key
4,../4n.jpg,4f.jpg,acne,climbs
5,5n.jpg,1f.jpg,acne,the far image of 1
1,6n.jpg,6f.jpg,acne,the key of 1
7,7n.jpg,"broken
8,8n.jpg,8f.jpg,psoriasis,last
"""
MORE = "photo,near,far,dx,note\n2,9n.jpg,9f.jpg,acne,the key of 2\n10,10n.jpg,10f.jpg,scabies,\n"
SEEN = "photo\tfinding\n1\tscale\n10\terythema\n8\tscale\n8\tplaque\n99\tscale\n1\ttoo\tmany\n"


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    write(tmp_path, WARD, a=ROWS, b=MORE)
    (tmp_path / "seen.tsv").write_text(SEEN, encoding="utf-8")
    return tmp_path


def _in_parts(folder: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> Reading:
    monkeypatch.setattr("kg.sources.tables._BATCH", size)
    return sources.read("ward", folder, progress=False)


def _sorted(table: pa.Table) -> list[dict[str, object]]:
    return sorted(table.to_pylist(), key=repr)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_parts_say_what_the_whole_says(ward: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sources.read("ward", ward, progress=False)
    parts = _in_parts(ward, size, monkeypatch)
    reasons = {row["reason"] for row in whole.rejects.to_pylist()}
    assert {"empty key", "duplicate key", "duplicate image", "path leaves the folder"} <= reasons
    assert len(whole.images) + len(whole.rejects) == whole.rows_in
    assert len(whole.statements)
    for name in ("images", "captions", "statements", "rejects"):
        assert _sorted(getattr(parts, name)) == _sorted(getattr(whole, name)), name
    assert (parts.rows_in, parts.sha256, parts.notes) == (whole.rows_in, whole.sha256, whole.notes)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_slices_hold_every_image_once_with_all_that_is_said_of_it(
    ward: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = _in_parts(ward, 2, monkeypatch)
    slices = list(divide([reading, reading], size))
    assert {len(each.images) for each in slices[:-1]} <= {size}
    for each in slices:
        images = set(each.images["image"].to_pylist())
        assert {*each.captions["image"].to_pylist(), *each.statements["image"].to_pylist()} <= images
    together = Part.concatenate(slices)
    for name in ("images", "captions", "statements"):
        assert _sorted(getattr(together, name)) == _sorted(pa.concat_tables([getattr(reading, name)] * 2))


@given(st.lists(st.lists(st.text(max_size=2), unique=True)))
def test_a_text_is_known_by_the_line_where_it_stood_first(parts: Sequence[Sequence[str]]) -> None:
    firsts, known, line = Firsts(), dict[str, int](), 0
    for part in parts:
        lines = np.arange(line, line + len(part))
        assert firsts.note(part, lines).tolist() == [known.get(text, -1) for text in part]
        known = {**dict(zip(part, lines.tolist(), strict=True)), **known}
        line += len(part)
