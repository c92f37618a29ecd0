"""Opening a graph: its tables, its ontology, and what is said when it cannot be opened."""

import json
import shutil
from pathlib import Path

import pytest

from kg.errors import InputError
from kg.graph import FORMAT, KnowledgeGraph, prune
from kg.pairs import FACTS
from kg.tables import SCHEMAS


@pytest.fixture
def copy(tmp_path: Path, clinic_graph: KnowledgeGraph) -> Path:
    """A copy of a graph that a test may spoil."""
    return Path(shutil.copytree(clinic_graph.folder.parents[1], tmp_path / "derm.kg"))


def _rewrite(path: Path, **changes: object) -> None:
    file = KnowledgeGraph.open(path).folder / "build.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_table_has_its_schema(clinic_graph: KnowledgeGraph, name: str) -> None:
    table = clinic_graph.image_facts() if name == "facts" else getattr(clinic_graph, name)()
    assert table.schema == SCHEMAS[name]


def test_every_pair_of_an_image_has_its_facts(clinic_graph: KnowledgeGraph) -> None:
    columns = ["relation", "term", "column"]
    images = {row["pair"]: row["image"] for row in clinic_graph.pairs(["pair", "image"]).to_pylist()}
    said = {(images[row.pop("pair")], *row.values()) for row in clinic_graph.facts(["pair", *columns]).to_pylist()}
    assert clinic_graph.facts().schema == FACTS
    assert said == {tuple(row.values()) for row in clinic_graph.image_facts(["image", *columns]).to_pylist()}


def test_some_columns_of_a_table(clinic_graph: KnowledgeGraph) -> None:
    assert clinic_graph.facts(columns=["term", "pair"]).column_names == ["term", "pair"]


def test_an_unknown_column_is_named_with_those_there_are(clinic_graph: KnowledgeGraph) -> None:
    with pytest.raises(InputError, match=r"no column 'colour': there are pair, image"):
        clinic_graph.pairs(columns=["colour"])


def test_the_ontology_is_the_one_it_was_built_with(clinic_graph: KnowledgeGraph) -> None:
    assert clinic_graph.ontology.sha256 == clinic_graph.info["ontology"]["sha256"]


def test_a_folder_without_a_graph(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no graph at"):
        KnowledgeGraph.open(tmp_path / "nothing")


def test_a_graph_whose_build_is_gone(copy: Path) -> None:
    (copy / "current").write_text("20200101T000000Z-abcdef\n")
    with pytest.raises(InputError, match="20200101T000000Z-abcdef, which is not there"):
        KnowledgeGraph.open(copy)


def test_a_graph_of_another_format_names_both(copy: Path) -> None:
    _rewrite(copy, format=99)
    with pytest.raises(InputError, match=rf"graph format 99, but this version reads {FORMAT}: build the graph again"):
        KnowledgeGraph.open(copy)


def test_a_graph_of_another_storage_version_still_gives_its_tables_and_sparql(copy: Path) -> None:
    _rewrite(copy, versions={"ladybug_storage": 3})
    with KnowledgeGraph.open(copy) as graph:
        assert len(graph.pairs()) == graph.info["pairs"]
        assert graph.sparql("ASK { ?pair a d1m:Pair }").to_pylist() == [{"answer": True}]
        with pytest.raises(InputError, match="LadybugDB storage 3"):
            graph.cypher("RETURN 1 AS x")


def test_prune_keeps_at_least_the_build_in_use(copy: Path) -> None:
    with pytest.raises(InputError, match="at least 1"):
        prune(copy, keep=0)
    assert prune(copy) == []
