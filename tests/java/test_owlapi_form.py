"""The form of our files against the real OWL API 4.5.29, which saves files in Protégé 5.6."""

import difflib
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from kg.owlxml import Entity, load_structure, read_structure, write
from kg.rdfio import PREFIXES, read
from kg.release import infer_subclasses
from kg.resources import ontology_folder
from tests.java import jars
from tests.java.conftest import Resave
from tests.kg.ontologies import Statements, ontologies

HERE = Path(__file__).parent
CASES = sorted((HERE.parent / "kg" / "data" / "owlxml").glob("*.ttl"))
THING = PREFIXES["owl"] + "Thing"

pytestmark = pytest.mark.integration


def test_opening_and_saving_our_ontology_changes_no_byte(resave: Resave, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.owl", tmp_path / "theirs.owl"
    write(read(ontology_folder() / "derm1m.owl"), ours)

    assert resave(ours, theirs) == []

    assert _changed_lines(ours, theirs) == []


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_expected_files_are_what_the_owl_api_writes(case: Path, resave: Resave, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.owl"

    assert [line for line in resave(case.with_suffix(".owl"), theirs) if not line.startswith("unparsed")] == []

    assert _changed_lines(case.with_suffix(".owl"), theirs) == []


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(statements=ontologies())
def test_any_ontology_passes_through_the_owl_api_unchanged(resave: Resave, statements: Statements) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.owl", Path(folder) / "theirs.owl"
        write(statements, ours)

        answer = resave(ours, theirs)

        assert [line for line in answer if not line.startswith("unparsed")] == []
        assert read_structure(read(theirs).quads) == read_structure(statements)
        assert _changed_lines(ours, theirs) == []


@pytest.mark.slow
def test_robot_infers_the_subclasses_that_a_release_holds(tmp_path: Path) -> None:
    file, reasoned = ontology_folder() / "derm1m.owl", tmp_path / "reasoned.owl"
    done = jars.run(
        jars.resolve(HERE / "robot"),
        "org.obolibrary.robot.CommandLineInterface",
        *("reason", "--reasoner", "ELK", "--input", file, "--output", reasoned),
    )
    assert done.returncode == 0, done.stdout + done.stderr

    theirs = _named_subclasses(reasoned) - _named_subclasses(file)
    assert set(infer_subclasses(read(file).quads)) == {(below, above) for below, above in theirs if above != THING}


def _named_subclasses(path: Path) -> set[tuple[str, str]]:
    said = [(axiom.subject, axiom.object) for axiom in load_structure(path).axioms if axiom.sort == "SubClassOf"]
    return {(a.iri, b.iri) for a, b in said if isinstance(a, Entity) and isinstance(b, Entity)}


def _changed_lines(one: Path, other: Path) -> list[str]:
    lines = (path.read_text(encoding="utf-8").split("\n") for path in (one, other))
    return list(difflib.unified_diff(*lines, lineterm="", n=0))[2:]
