"""Our OBO and OBO Graphs files against ROBOT, which reads the one and writes the other from the same OWL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg.obo import to_obo, to_obographs
from kg.ontology import vocabulary as v
from kg.owlxml import Axiom, Entity, Expression, Structure, load_structure
from kg.owlxml.axioms import Kind, Sort
from kg.rdfio import PREFIXES, compact
from kg.resources import ontology_folder
from tests.java import jars

HERE = Path(__file__).parent
ROBOTS_IDENTIFIER = PREFIXES["oboInOwl"] + "id"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def shipped() -> Structure:
    return load_structure(ontology_folder() / "derm1m.owl")


@pytest.fixture(scope="module")
def through_obo(shipped: Structure, tmp_path_factory: pytest.TempPathFactory) -> Structure:
    """Our OBO file as ROBOT understands it."""
    folder = tmp_path_factory.mktemp("obo")
    (folder / "ours.obo").write_text(to_obo(shipped)[0], encoding="utf-8")
    _convert(folder / "ours.obo", folder / "theirs.owl")
    return load_structure(folder / "theirs.owl")


def _convert(source: Path, target: Path) -> None:
    main = "org.obolibrary.robot.CommandLineInterface"
    done = jars.run(jars.resolve(HERE / "robot"), main, "convert", "--input", source, "--output", target)
    assert done.returncode == 0, done.stdout + done.stderr


def _classes(structure: Structure) -> set[str]:
    declared = (axiom.subject for axiom in structure.axioms if axiom.sort is Sort.DECLARATION)
    return {entity.iri for entity in declared if isinstance(entity, Entity) and entity.kind is Kind.CLASS}


def test_robot_reads_the_same_classes_from_obo(shipped: Structure, through_obo: Structure) -> None:
    assert _classes(through_obo) == _classes(shipped)


@pytest.mark.parametrize("sort", [Sort.SUBCLASS_OF, Sort.EQUIVALENT_CLASSES])
def test_robot_reads_the_same_class_axioms_from_obo(sort: Sort, shipped: Structure, through_obo: Structure) -> None:
    ours, theirs = (
        {(axiom.subject, axiom.object) for axiom in structure.axioms if axiom.sort is sort}
        for structure in (shipped, through_obo)
    )

    assert len(ours) > 40
    assert any(isinstance(above, Expression) for _, above in ours)
    assert theirs == ours


def test_robot_reads_the_same_property_axioms_from_obo(shipped: Structure, through_obo: Structure) -> None:
    sorts = {Sort.SUB_PROPERTY_CHAIN_OF, Sort.TRANSITIVE_OBJECT_PROPERTY}
    ours = {axiom for axiom in shipped.axioms if axiom.sort in sorts}

    assert len(ours) == 2
    assert {axiom for axiom in through_obo.axioms if axiom.sort in sorts} == ours


def test_robot_reads_the_same_annotations_of_classes_from_obo(shipped: Structure, through_obo: Structure) -> None:
    """Labels, definitions, synonyms, mappings, knowledge and the remarks on them, but for language tags."""
    ours, theirs = ({_said(axiom) for axiom in _assertions(structure)} for structure in (shipped, through_obo))

    assert {predicate for _, predicate, *_ in ours} >= {v.LABEL, v.DEFINITION, *v.SYNONYMS, *v.MAPPINGS}
    assert ours == theirs


def _assertions(structure: Structure) -> Iterator[Axiom]:
    classes = _classes(structure)
    for axiom in structure.axioms:
        about = axiom.subject.value if isinstance(axiom.subject, ox.NamedNode) else None
        if axiom.sort is Sort.ANNOTATION_ASSERTION and about in classes and axiom.predicate != ROBOTS_IDENTIFIER:
            yield axiom


def _said(axiom: Axiom) -> tuple[object, ...]:
    remarks = frozenset((remark.property, _value(remark.value, True)) for remark in axiom.annotations)
    return axiom.subject, axiom.predicate, _value(axiom.object), remarks


def _value(value: object, qualifier: bool = False) -> str:
    """A value without its language; a resource in a qualifier by its identifier, which is text in OBO."""
    if isinstance(value, ox.NamedNode):
        return compact(value.value) if qualifier else value.value
    return str(getattr(value, "value", ""))


def test_graphs_are_those_that_robot_writes(shipped: Structure, tmp_path: Path) -> None:
    """But for remarks on axioms and the superproperties of annotation properties, which ROBOT leaves out."""
    _convert(ontology_folder() / "derm1m.owl", tmp_path / "theirs.json")
    theirs = json.loads((tmp_path / "theirs.json").read_text(encoding="utf-8"))
    ours = to_obographs(shipped)[0]

    for graph in ours["graphs"]:
        graph["edges"] = [edge for edge in graph["edges"] if edge["pred"] != "subPropertyOf"]

    assert _unordered(ours) == _unordered(theirs)


def _unordered(part: Any) -> Any:
    if isinstance(part, list):
        return sorted(map(_unordered, part), key=lambda member: json.dumps(member, sort_keys=True))
    if isinstance(part, dict):
        return {key: _unordered(value) for key, value in part.items() if not (key == "meta" and "val" in part)}
    return part


def test_the_library_of_obo_graphs_reads_the_file(shipped: Structure, tmp_path: Path) -> None:
    jars.require("javac")
    graphs, _ = to_obographs(shipped)
    (tmp_path / "ours.json").write_text(json.dumps(graphs), encoding="utf-8")

    done = jars.run(jars.resolve(HERE / "robot"), str(HERE / "robot" / "ReadGraphs.java"), tmp_path / "ours.json")

    graph = graphs["graphs"][0]
    assert done.stdout.split() == [str(len(graph["nodes"])), str(len(graph["edges"]))], done.stderr
