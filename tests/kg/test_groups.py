"""What two sources publish alike falls into one split: by the names of a namespace, by the content of files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from PIL import Image

from kg import sources
from kg.build import build
from kg.export import export
from kg.graph import KnowledgeGraph
from kg.groups import Groups
from kg.selection import Selection
from kg.split_file import SplitFile, read_split_file, write_split_file
from kg.stratification import extend_split_file

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
patient = "patient"
{namespace}
[[fact]]
role = "condition"
column = "dx"
"""

Row = tuple[str, str, str]  # image, lesion, patient

EAST = [(f"ISIC_{n}", f"HAM_{n // 2}", "") for n in range(40)]
WEST = [(f"ISIC_{n}.jpg", "", "") for n in range(60)]
ARCHIVE = [(f"ISIC_{n}", f"IL_{n}", f"IP_{n // 4}") for n in range(40)]


@pytest.fixture
def build_from(tmp_path: Path, ontology: "Ontology") -> Callable[..., KnowledgeGraph]:
    """A function that builds a graph from the rows of sources; colours of images make files, which are opened."""

    def make(
        rows: dict[str, Sequence[Row]], *, namespace: str = "", colours: dict[str, str] | None = None
    ) -> KnowledgeGraph:
        folder = tmp_path / "-".join(rows)
        for name, own in rows.items():
            (folder / name).mkdir(parents=True)
            told = SPECIFICATION.format(name=name, namespace=f'namespace = "{namespace}"' if namespace else "")
            (folder / name / "source.toml").write_text(told, encoding="utf-8")
            lines = ["id,lesion,patient,dx", *(f"{','.join(row)},melanoma" for row in own)]
            (folder / name / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
            for image, _, _ in own if colours else ():
                Image.new("RGB", (8, 8), (colours or {})[image]).save(folder / name / f"{image}.png")
        paths = [(name, folder / name) for name in rows]
        out = folder / "derm.kg"
        build(paths, out, ontology=ontology, check_images=colours is not None, processes=1, progress=False)
        return KnowledgeGraph.open(out)

    return make


def _column(graph: KnowledgeGraph, name: str, split_file: Path | None = None) -> dict[str, str]:
    table = Selection(split_file=split_file).apply(graph)
    return dict(zip(table["image"].to_pylist(), table[name].to_pylist(), strict=True))


def test_sources_of_a_namespace_share_their_groups(build_from: Callable[..., KnowledgeGraph]) -> None:
    groups = _column(build_from({"east": EAST, "west": WEST}, namespace="isic"), "group")
    assert set(groups) == {f"east:{name}" for name, *_ in EAST} | {f"west:{name}" for name, *_ in WEST}
    assert {groups["east:ISIC_6"], groups["east:ISIC_7"], groups["west:ISIC_6.jpg"], groups["west:ISIC_7.jpg"]} == {
        "isic:HAM_3"
    }
    assert groups["west:ISIC_50.jpg"] == "isic:ISIC_50.jpg"


def test_a_source_that_is_added_changes_no_split_of_groups_as_broad(build_from: Callable[..., KnowledgeGraph]) -> None:
    alone = _column(build_from({"east": EAST}, namespace="isic"), "split")
    among = _column(build_from({"east": EAST, "west": WEST}, namespace="isic"), "split")
    assert {image: among[image] for image in alone} == alone
    assert len(set(alone.values())) > 1


def test_a_patient_joins_the_lesions_of_another_source(build_from: Callable[..., KnowledgeGraph]) -> None:
    graph = build_from({"west": WEST, "archive": ARCHIVE, "east": EAST}, namespace="isic")
    groups = _column(graph, "group")
    assert {groups[f"{name}:ISIC_{n}"] for name in ("east", "archive") for n in range(4)} == {"isic:IP_0"}
    splits = _column(graph, "split")
    assert all(splits[f"east:ISIC_{n}"] == splits[f"west:ISIC_{n}.jpg"] for n in range(40))


def test_without_a_namespace_equal_names_are_no_group_and_the_export_says_so(
    build_from: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    graph = build_from({"east": EAST, "west": WEST})
    assert _column(graph, "group")["east:ISIC_6"] == "east:HAM_3"
    account = export(graph, Selection(), tmp_path / "pairs.parquet")
    (warning,) = account.warnings
    assert warning.startswith("east and west share 40 images of the same name; splits do not know")
    assert f"**Warning**: {warning}." in account.companions[0].read_text()
    assert not export(graph, Selection(sources=("east",)), tmp_path / "east.parquet").warnings


def test_the_card_tells_what_is_joined(build_from: Callable[..., KnowledgeGraph], tmp_path: Path) -> None:
    graph = build_from({"east": EAST, "west": WEST}, namespace="isic")
    account = export(graph, Selection(), tmp_path / "pairs.parquet")
    assert not account.warnings
    told = "east and west share 40 images of the same name: what they share is in one split."
    assert told in account.companions[0].read_text()


def test_files_of_the_same_content_are_one_group(build_from: Callable[..., KnowledgeGraph], tmp_path: Path) -> None:
    rows = {"east": [("a", "", ""), ("b", "", "")], "west": [("c", "", "p"), ("d", "", "p"), ("e", "", "q")]}
    colours = {"a": "red", "b": "tan", "c": "red", "d": "blue", "e": "gray"}
    graph = build_from(rows, colours=colours)
    assert _column(graph, "group") == {
        "east:a": "west:p",
        "east:b": "east:b",
        "west:c": "west:p",
        "west:d": "west:p",
        "west:e": "west:q",
    }
    assert not export(graph, Selection(), tmp_path / "pairs.parquet").warnings


def test_a_split_file_with_the_names_of_sources_still_holds(
    build_from: Callable[..., KnowledgeGraph], tmp_path: Path
) -> None:
    graph, path = build_from({"east": EAST, "west": WEST}, namespace="isic"), tmp_path / "splits.tsv"
    groups = ["east:HAM_3", "west:ISIC_6.jpg", "west:ISIC_50.jpg"]
    write_split_file(path, SplitFile(pa.array(groups), pa.array(["test", "train", "val"]), 0, (0.8, 0.1, 0.1), None))
    report = extend_split_file(graph, path)
    splits = _column(graph, "split", path)
    assert splits["west:ISIC_50.jpg"] == "val"
    assert {splits[name] for name in ("east:ISIC_6", "east:ISIC_7", "west:ISIC_6.jpg")} == {"train"}
    assert report.moved == 1
    again = extend_split_file(graph, path)
    assert (again.new, again.moved) == (0, 0)
    assert read_split_file(path).groups.to_pylist()[:3] == groups


def test_a_graph_of_an_older_build_has_the_groups_of_its_rows(small_graph: KnowledgeGraph) -> None:
    assert Groups.of_graph(small_graph).joined.num_rows == 0
    assert _column(small_graph, "group")["b:2"] == "b:L1"


@pytest.mark.parametrize("namespace", ["isic", "derm1m"])
def test_sources_that_publish_the_same_names_have_a_namespace(namespace: str) -> None:
    families = {
        "isic": {"ham10000", "isic2018", "isic2019", "isic-archive", "milk10k"},
        "derm1m": {"derm1m", "derm1m-agentaug", "make"},
    }
    specs = [sources.describe(name) for name in sources.names()]
    assert {spec.name for spec in specs if spec.image.namespace == namespace} == families[namespace]
