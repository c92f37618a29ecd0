"""Questions in Cypher on the graph of a small made-up clinic."""

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from kg.counts import of_two
from kg.errors import InputError
from kg.property_graph import EDGES, NODES

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

ROOT = Path(__file__).parents[2]


def test_nodes_and_relationships_are_those_of_the_tables(clinic_graph: "KnowledgeGraph") -> None:
    held = clinic_graph.info["nodes_and_relationships"]
    terms = clinic_graph.terms()["kind"].to_pylist()
    assert held["Pair"] == held["OF_IMAGE"] == held["FROM_SOURCE"] == len(clinic_graph.pairs())
    assert held["Image"] == len(clinic_graph.images())
    assert held["Disease"] == terms.count("disease")
    assert held["ANCESTOR"] == len(clinic_graph.closure())
    assert held["COUNTED_WITH"] == len(of_two(clinic_graph.counts(), clinic_graph.terms()))
    told_apart = {"OF_IMAGE", "FROM_SOURCE", "ANCESTOR", "COUNTED_WITH"}
    assert sum(held[name] for name in EDGES if name not in told_apart) == len(clinic_graph.knowledge()) + len(
        clinic_graph.facts(["pair", "relation", "term"]).group_by(["pair", "relation", "term"]).aggregate([])
    )


@pytest.mark.parametrize("label", NODES)
def test_the_engine_holds_what_the_account_says_of_nodes(label: str, clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.cypher(f"MATCH (n:{label}) RETURN count(n) AS n")
    assert answer.to_pylist() == [{"n": clinic_graph.info["nodes_and_relationships"][label]}]


@pytest.mark.parametrize("name", EDGES)
def test_the_engine_holds_what_the_account_says_of_relationships(name: str, clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.cypher(f"MATCH ()-[r:{name}]->() RETURN count(r) AS n")
    assert answer.to_pylist() == [{"n": clinic_graph.info["nodes_and_relationships"][name]}]


def test_texts_survive_as_they_are(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.cypher("MATCH (p:Pair) RETURN p.id AS pair, p.text AS text ORDER BY pair")
    assert answer.to_pylist() == clinic_graph.pairs(columns=["pair", "text"]).sort_by("pair").to_pylist()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "MATCH (p:Pair {id: 'clinic:4:ontology:0'})-[r:SUSPECTS]->(d:Disease) WHERE r.rank = 1 "
            "RETURN d.label AS label, round(r.weight, 2) AS x",
            {"label": "melanoma", "x": 0.3},
        ),
        (
            "MATCH (p:Pair {id: 'clinic:1:caption:0'})-[r:HAS_HISTORY]->(h:History) "
            "RETURN r.value AS value, r.unit AS unit",
            {"value": "20", "unit": "years"},
        ),
        (
            "MATCH (p:Pair {id: 'clinic:1:caption:0'})-[r:HAS_HISTORY_OF]->(d:Disease) "
            "RETURN d.label AS label, r.who AS who",
            {"label": "melanoma", "who": "family"},
        ),
        (
            "MATCH (p:Pair {id: 'clinic:6:ontology:0'})-[r:HAS_SKIN_TONE]->(t:SkinTone) "
            "RETURN r.annotator AS annotator, size(r.evidence) AS pieces",
            {"annotator": "one; two", "pieces": 2},
        ),
        (
            "MATCH (p:Pair {id: 'clinic:8:ontology:0'})-[r:DEPICTS]->(d:Disease) "
            "RETURN d.malignancy AS malignancy, r.confirmed_by AS confirmed_by",
            {"malignancy": "malignant", "confirmed_by": "histopathology"},
        ),
    ],
)
def test_relationships_carry_their_qualifiers(
    query: str, expected: dict[str, object], clinic_graph: "KnowledgeGraph"
) -> None:
    assert clinic_graph.cypher(query).to_pylist() == [expected]


def test_functions_of_neo4j_are_known(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.cypher(
        "MATCH (p:Pair)-[r:OF_IMAGE]->(i:Image) WITH r LIMIT 1 RETURN type(r) AS type, toInteger('3') AS i, "
        "toFloat('1.5') AS f, toString(2) AS s, head([1, 2]) AS h, last([1, 2]) AS l, split('a,b', ',') AS parts"
    )
    assert answer.to_pylist() == [{"type": "OF_IMAGE", "i": 3, "f": 1.5, "s": "2", "h": 1, "l": 2, "parts": ["a", "b"]}]


def test_answers_have_plain_types(clinic_graph: "KnowledgeGraph") -> None:
    answer = clinic_graph.cypher("MATCH (d:Disease) RETURN sum(d.level) AS total, avg(d.level) AS mean, count(*) AS n")
    assert answer.schema.types == [pa.int64(), pa.float64(), pa.int64()]


def test_a_node_comes_as_its_properties(clinic_graph: "KnowledgeGraph") -> None:
    [row] = clinic_graph.cypher("MATCH (t:SkinTone {label: 'Monk skin tone 8'}) RETURN t").to_pylist()
    assert row["t"].items() >= {"_LABEL": "SkinTone", "label": "Monk skin tone 8", "exact_matches": []}.items()
    assert not row["t"].keys() & {"_ID", "_SRC", "_DST"}


def test_parameters_are_values_and_never_text(clinic_graph: "KnowledgeGraph") -> None:
    query = "MATCH (p:Pair) WHERE p.id IN $ids RETURN p.id AS id"
    hostile = "x'] RETURN 1; MATCH (n) DETACH DELETE n //"
    assert clinic_graph.cypher(query, {"ids": [hostile]}).num_rows == 0
    assert clinic_graph.cypher(query, {"ids": ["clinic:1:caption:0"]}).to_pylist() == [{"id": "clinic:1:caption:0"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("MATCH (x:Unicorn) RETURN x", "Table Unicorn does not exist"),
        ("MATCH (p:Pair) RETURN p.colour", "Cannot find property colour"),
        ("MATCH (p:Pair RETURN p", "Parser exception"),
    ],
)
def test_what_is_wrong_with_a_query_is_told(query: str, message: str, clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match=message):
        clinic_graph.cypher(query)


def test_a_query_past_its_time_ends_and_the_next_one_is_answered(clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match=r"no answer within 0\.5 s"):
        clinic_graph.cypher("MATCH (a), (b), (c), (d) WHERE a.id < d.id RETURN count(*) AS n", timeout=0.5)
    assert clinic_graph.cypher("RETURN 1 AS x").to_pylist() == [{"x": 1}]


def test_a_query_that_takes_all_memory_ends_and_the_next_one_is_answered(clinic_graph: "KnowledgeGraph") -> None:
    with pytest.raises(InputError, match="memory"):
        clinic_graph.cypher("UNWIND range(1, 100000000000) AS x RETURN count(x)", timeout=30)
    assert clinic_graph.cypher("RETURN 1 AS x").to_pylist() == [{"x": 1}]


def test_a_disk_that_refuses_while_the_graph_is_written_is_an_os_error(
    clinic_graph: "KnowledgeGraph", tmp_path: Path
) -> None:
    program = """
import resource, sys
from pathlib import Path
from kg import cypher
from kg.tables import read_table, read_vocabulary
vocabulary, counts = read_vocabulary(Path(sys.argv[1])), read_table(Path(sys.argv[1]), "counts")
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
cypher.load(Path(sys.argv[2]), vocabulary, counts, Path(sys.argv[2]))
"""
    command = [sys.executable, "-c", program, str(clinic_graph.folder), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].startswith("OSError: ")
