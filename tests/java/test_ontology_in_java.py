"""The ontology in the hands of the real ROBOT, ELK, HermiT and OWLAPI (the version inside Protégé 5.6)."""

from pathlib import Path
from subprocess import CompletedProcess

import networkx as nx
import pyoxigraph as ox
import pytest

from kg.ontology import Ontology
from kg.rdfio import PREFIXES, read
from kg.reasoning import classify, classify_with_elk, read_axioms
from tests.java import jars

HERE = Path(__file__).parent
THING = PREFIXES["owl"] + "Thing"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def ontology() -> Ontology:
    return Ontology.load()


def _robot(*arguments: str | Path) -> CompletedProcess[str]:
    return jars.run(jars.resolve(HERE / "robot"), "org.obolibrary.robot.CommandLineInterface", *arguments)


@pytest.mark.slow
def test_robots_report_holds_no_error(ontology: Ontology, tmp_path: Path) -> None:
    report = tmp_path / "report.tsv"

    _robot("report", "--input", ontology.file, "--output", report, "--fail-on", "none")

    rows = report.read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("Level")
    assert [row for row in rows if row.startswith("ERROR")] == []


@pytest.mark.parametrize("profile", ["EL", "DL"])
def test_the_ontology_is_in_the_profile(profile: str, ontology: Ontology, tmp_path: Path) -> None:
    report = tmp_path / "profile.txt"

    _robot("validate-profile", "--profile", profile, "--input", ontology.file, "--output", report)

    assert "[Ontology and imports closure in profile]" in report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_elk_infers_the_hierarchy_that_we_do(ontology: Ontology) -> None:
    theirs = classify_with_elk(ontology.quads, jars.resolve(HERE / "robot"))

    assert theirs.consistent
    assert theirs.unsatisfiable == frozenset()
    assert theirs == classify(read_axioms(ontology.quads))


@pytest.mark.parametrize(
    "fault",
    [
        ":B owl:disjointWith :C . :A rdfs:subClassOf :B , :C . :E owl:equivalentClass :A .",
        ":B owl:disjointWith :C . owl:Thing rdfs:subClassOf :B , :C .",
    ],
    ids=["a class without members", "a contradiction"],
)
def test_elk_tells_what_cannot_be(fault: str) -> None:
    classes = " ".join(f":{name} a owl:Class ." for name in "ABCDE")
    spaces = {"": "http://example.org/", "owl": PREFIXES["owl"], "rdfs": PREFIXES["rdfs"]}
    prefixes = " ".join(f"@prefix {name}: <{space}> ." for name, space in spaces.items())
    text = f"{prefixes} <http://example.org/o> a owl:Ontology . {classes} :D rdfs:subClassOf :C . {fault}"
    quads = [ox.Quad(t.subject, t.predicate, t.object) for t in ox.parse(text, format=ox.RdfFormat.TURTLE)]

    theirs = classify_with_elk(quads, jars.resolve(HERE / "robot"))

    assert theirs.unsatisfiable
    assert theirs == classify(read_axioms(quads))


@pytest.mark.slow
def test_hermit_in_robot_infers_the_hierarchy_that_we_do(ontology: Ontology, tmp_path: Path) -> None:
    reasoned = tmp_path / "reasoned.owl"
    options = ("--axiom-generators", "SubClass", "--equivalent-classes-allowed", "all")

    done = _robot("reason", "--reasoner", "HermiT", *options, "--input", ontology.file, "--output", reasoned)

    assert done.returncode == 0, done.stdout + done.stderr  # robot fails on a contradiction or an impossible class
    assert _closed_hierarchy(reasoned) == classify(read_axioms(ontology.quads)).subsumptions


def _closed_hierarchy(path: Path) -> set[tuple[str, str]]:
    told = [q for q in read(path).quads if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.NamedNode)]
    graph: nx.DiGraph[str] = nx.DiGraph()
    for quad in told:
        if quad.predicate.value == PREFIXES["rdfs"] + "subClassOf" and quad.object.value != THING:
            graph.add_edge(quad.subject.value, quad.object.value)
        elif quad.predicate.value == PREFIXES["owl"] + "equivalentClass":
            graph.add_edges_from([(quad.subject.value, quad.object.value), (quad.object.value, quad.subject.value)])
    return {(below, above) for below in graph for above in nx.descendants(graph, below)}


@pytest.mark.slow
def test_owlapi_understands_every_statement_and_loses_no_axiom(ontology: Ontology, tmp_path: Path) -> None:
    jars.require("javac")
    saved = tmp_path / "saved.owl"

    done = jars.run(jars.resolve(HERE / "owlapi"), str(HERE / "owlapi" / "RoundTrip.java"), ontology.file, saved)

    assert done.returncode == 0, done.stderr
    said = done.stdout.split("\n")
    assert [line for line in said if line.startswith(("unparsed", "lost"))] == []
    assert _canonical(saved) == _canonical(ontology.file)


def test_owlapi_tells_what_it_does_not_understand(tmp_path: Path) -> None:
    """The same program on half an axiom annotation, so that its silence above says something."""
    jars.require("javac")
    odd = tmp_path / "odd.owl"
    ontology, half = ox.NamedNode("http://example.org/o"), ox.BlankNode()
    statements = [
        ox.Triple(ontology, ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["owl"] + "Ontology")),
        ox.Triple(half, ox.NamedNode(PREFIXES["owl"] + "annotatedSource"), ontology),
    ]
    ox.serialize(statements, str(odd), format=ox.RdfFormat.RDF_XML)

    done = jars.run(jars.resolve(HERE / "owlapi"), str(HERE / "owlapi" / "RoundTrip.java"), odd, tmp_path / "saved.owl")

    assert "unparsed" in done.stdout


def _canonical(path: Path) -> ox.Dataset:
    """The statements with blank nodes named by what they say (RDFC-1.0)."""
    dataset = ox.Dataset(read(path).quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset
