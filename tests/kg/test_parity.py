"""One question, four ways: SPARQL, Cypher, export and pandas on the published table count the same images."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kg.build import build
from kg.export import export
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.selection import Selection


@pytest.fixture(scope="module")
def pad(real_data: Path) -> pd.DataFrame:
    return pd.read_csv(real_data / "pad_ufes_20" / "metadata.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def graph(real_data: Path, ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    out = tmp_path_factory.mktemp("pad") / "pad.kg"
    build([("pad-ufes-20", real_data / "pad_ufes_20")], out, ontology=ontology)
    return KnowledgeGraph.open(out)


CASES: list[tuple[str, dict[str, object], str, str, Callable[[pd.DataFrame], "pd.Series[bool]"]]] = [
    ("smoking", {"history": ["smoking"]}, "hasHistory", "HAS_HISTORY", lambda t: t.smoke == "True"),
    ("alcohol use", {"history": ["alcohol use"]}, "hasHistory", "HAS_HISTORY", lambda t: t.drink == "True"),
    (
        "history of cancer",
        {"history": ["history of cancer"]},
        "hasHistory",
        "HAS_HISTORY",
        lambda t: (t.cancer_history == "True") | (t.skin_cancer_history == "True"),
    ),
    ("pruritus", {"symptom": ["pruritus"]}, "hasSymptom", "HAS_SYMPTOM", lambda t: t.itch == "True"),
    ("bleeding", {"symptom": ["bleeding"]}, "hasSymptom", "HAS_SYMPTOM", lambda t: t.bleed == "True"),
    ("bleeding", {"symptom": ["no bleeding"]}, "lacksSymptom", "LACKS_SYMPTOM", lambda t: t.bleed == "False"),
    (
        "Fitzpatrick skin type II",
        {"skin_tone": ["fitzpatrick:II"]},
        "hasSkinTone",
        "HAS_SKIN_TONE",
        lambda t: t.fitspatrick == "2.0",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("term", "options", "relation", "edge", "expected"), CASES)
def test_counts_of_a_relation_are_equal(
    graph: KnowledgeGraph,
    pad: pd.DataFrame,
    tmp_path: Path,
    term: str,
    options: dict[str, object],
    relation: str,
    edge: str,
    expected: Callable[[pd.DataFrame], "pd.Series[bool]"],
) -> None:
    rows = graph.sparql(
        f"""SELECT (COUNT(DISTINCT ?image) AS ?images) WHERE {{
              ?term rdfs:label "{term}"@en . ?pair d1m:{relation}/d1m:ancestor ?term ; d1m:ofImage ?image }}"""
    )
    nodes = graph.cypher(
        f"""MATCH (x)-[:ANCESTOR]->(a) WHERE a.label = $term
            MATCH (p:Pair)-[:{edge}]->(x) MATCH (p)-[:OF_IMAGE]->(i:Image) RETURN count(DISTINCT i.id) AS images""",
        {"term": term},
    )
    written = _exported(graph, options, tmp_path)

    count = int(expected(pad).sum())
    assert count > 0
    assert rows["images"].to_pylist() == nodes["images"].to_pylist() == [count]
    assert written == count


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "condition", "expected"),
    [
        ({"sex": ["female"]}, "i.sex = 'female'", lambda t: t.gender == "FEMALE"),
        ({"age": "40-60"}, "i.age >= 40 AND i.age <= 60", lambda t: pd.to_numeric(t.age).between(40, 60)),
    ],
)
def test_counts_of_a_property_of_the_image_are_equal(
    graph: KnowledgeGraph,
    pad: pd.DataFrame,
    tmp_path: Path,
    options: dict[str, object],
    condition: str,
    expected: Callable[[pd.DataFrame], "pd.Series[bool]"],
) -> None:
    filters = condition.replace("i.sex = 'female'", "?sex = 'female'").replace("i.age", "?age").replace("AND", "&&")
    rows = graph.sparql(
        f"""SELECT (COUNT(DISTINCT ?i) AS ?images) WHERE {{
              ?i a d1m:Image . OPTIONAL {{ ?i d1m:age ?age }} OPTIONAL {{ ?i d1m:sex ?sex }} FILTER({filters}) }}"""
    )
    nodes = graph.cypher(f"MATCH (i:Image) WHERE {condition} RETURN count(DISTINCT i.id) AS images")

    count = int(expected(pad).sum())
    assert count > 0
    assert rows["images"].to_pylist() == nodes["images"].to_pylist() == [count]
    assert _exported(graph, options, tmp_path) == count


def _exported(graph: KnowledgeGraph, options: dict[str, object], folder: Path) -> int:
    """Distinct images in the Parquet file of a selection."""
    export(graph, Selection.parse(**options), folder / "chosen.parquet")
    return int(pc.count_distinct(pq.read_table(folder / "chosen.parquet")["image"]).as_py())
