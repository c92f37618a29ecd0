"""Pictures that come from two sources are found by name and by content, and the account of the build tells them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kg.build import build
from kg.graph import KnowledgeGraph
from kg.overlap import Overlap, find_overlaps, published_names
from kg.sources.folder import split_extension

if TYPE_CHECKING:
    from kg.ontology import Ontology

SPECIFICATION = """
title = "{name}"
licence = "CC0"
citation = "{name}"
format_seen = "written for this test"
[[table]]
file = "{name}.csv"
[image]
key = "id"
lesion = "lesion"
modality = "dermoscopic"
[[fact]]
role = "condition"
column = "dx"
"""


def _source(folder: Path, rows: dict[str, tuple[str, str]]) -> tuple[str, Path]:
    """A source of images by name, each with its lesion and the colour of its picture."""
    folder.mkdir()
    (folder / "source.toml").write_text(SPECIFICATION.format(name=folder.name), encoding="utf-8")
    lines = ["id,lesion,dx", *(f"{image},{lesion},melanoma" for image, (lesion, _) in rows.items())]
    (folder / f"{folder.name}.csv").write_text("\n".join(lines), encoding="utf-8")
    for image, (_, colour) in rows.items():
        Image.new("RGB", (8, 8), colour).save(folder / f"{image}.png")
    return folder.name, folder


def test_a_build_tells_what_its_sources_share(tmp_path: Path, ontology: "Ontology") -> None:
    east = {"ISIC_1": ("HAM_1", "red"), "ISIC_2": ("HAM_1", "green"), "ISIC_3": ("HAM_3", "blue"), "7": ("7", "tan")}
    west = {"ISIC_1": ("HAM_1", "red"), "ISIC_2": ("HAM_2", "gray"), "DSC_9": ("", "blue"), "7": ("7", "pink")}
    sources = [_source(tmp_path / "east", east), _source(tmp_path / "west", west)]
    out = tmp_path / "derm.kg"

    account = build(sources, out, ontology=ontology, check_images=True, progress=False)

    assert account.overlaps == (Overlap("east", "west", images=2, lesions=1, patients=0, files=2),)
    told = "east and west share 2 images, 1 lesions of the same name; 2 image files of the same content"
    assert told in account.as_text().splitlines()
    assert KnowledgeGraph.open(out).info["overlaps"] == [account.overlaps[0].as_dict()]


def _image(name: str, **columns: str) -> dict[str, Any]:
    return {"image": name, **columns}


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([_image("a:x.jpg"), _image("b:x.JPEG")], [("a", "b", 1, 0, 0)]),
        ([_image("a:1", lesion="a:L"), _image("b:1", lesion="b:L")], [("a", "b", 0, 1, 0)]),
        ([_image("a:1", patient="a:P"), _image("b:1", patient="b:P")], [("a", "b", 0, 0, 1)]),
        ([_image(f"{source}:x") for source in "abc"], [("a", "b", 1, 0, 0), ("a", "c", 1, 0, 0), ("b", "c", 1, 0, 0)]),
        ([_image("a:1"), _image("b:1"), _image("a:2.png"), _image("b:2.png")], []),
        ([_image("a:x", lesion="a:y"), _image("b:y", lesion="b:x")], []),
        ([_image("a:x", lesion="a:L"), _image("a:y", lesion="a:L")], []),
    ],
    ids=["image", "lesion", "patient", "three sources", "numbers", "other kinds of name", "one source"],
)  # fmt: skip
def test_names_are_compared_between_sources(
    images: list[dict[str, Any]],
    expected: list[tuple[Any, ...]],
    tmp_path: Path,
    write_graph: Callable[..., KnowledgeGraph],
) -> None:
    graph = write_graph(tmp_path / "derm.kg", images, [(image["image"], "depicts", "melanoma") for image in images])
    assert find_overlaps(graph.folder) == tuple(Overlap(*each, files=None) for each in expected)


NAME = st.text(alphabet=st.sampled_from("aé: ./\n\0"), max_size=5)
ENDING = st.sampled_from(["", ".", ".jpg", ".JPEG", ".Tif", ".tiff", ".png.webp", ".bmp ", ".jpg_downsampled", "jpg"])


@given(names=st.lists(st.builds("{}{}{}".format, st.sampled_from(["", "east:", "west:"]), NAME, ENDING) | st.none()))
def test_names_of_a_column_lose_source_and_ending_as_each_name_does(names: list[str | None]) -> None:
    found = published_names("east", pa.chunked_array([names], pa.string()))
    bare = [None if name is None else split_extension(name.removeprefix("east:"))[0] for name in names]
    assert found.to_pylist() == bare
