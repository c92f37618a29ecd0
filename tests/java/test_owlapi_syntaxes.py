"""Our readers of OWL/XML and functional syntax against the real OWL API 4.5.29, which writes them in Protégé 5.6."""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings

from kg.owlxml import read_structure, to_xml, write
from kg.rdfio import read
from kg.resources import ontology_folder
from tests.java.conftest import Resave
from tests.kg.ontologies import Statements, ontologies
from tests.kg.syntaxes import ALL_IN_XML, CASES, functional

SYNTAXES = pytest.mark.parametrize("syntax", ["OWL/XML", "functional"])
Syntax = Literal["OWL/XML", "functional"]

pytestmark = pytest.mark.integration


@pytest.mark.slow
@SYNTAXES
def test_our_ontology_comes_back_byte_for_byte(syntax: Syntax, resave: Resave, tmp_path: Path) -> None:
    ours, theirs = ontology_folder() / "derm1m.owl", tmp_path / "theirs"
    assert resave(ours, theirs, syntax) == []

    assert to_xml(read(theirs)) == ours.read_text(encoding="utf-8")


@SYNTAXES
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(statements=ontologies())
def test_any_ontology_comes_back_with_its_axioms(resave: Resave, syntax: Syntax, statements: Statements) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.owl", Path(folder) / "theirs"
        write(statements, ours)
        assume(resave(ours, theirs, syntax) == [])  # it writes the intersection of a class with itself as the class

        assert read_structure(read(theirs).quads) == read_structure(statements)


def test_the_owl_api_reads_every_axiom_as_we_do(resave: Resave, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.ofn", tmp_path / "theirs.owl"
    ours.write_text(_document(case for case in CASES if not case.get("no_term")), encoding="utf-8")

    resave(ours, theirs)

    assert read_structure(read(ours).quads) == read_structure(read(theirs).quads)


def test_the_owl_xml_that_our_tests_read_is_what_the_owl_api_writes(resave: Resave, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.ofn", tmp_path / "theirs.owx"
    ours.write_text(_document(CASES), encoding="utf-8")

    resave(ours, theirs, "OWL/XML")

    assert _renumbered(theirs) == _renumbered(ALL_IN_XML)


def _document(cases: Iterable[dict[str, str]]) -> str:
    return functional("\n".join(case["functional"] for case in cases))


def _renumbered(file: Path) -> str:
    """The text of a file with the nameless individuals, which are numbered anew at each reading, numbered from 0."""
    seen: list[str] = []

    def number(found: re.Match[str]) -> str:
        seen.extend([found[0]] if found[0] not in seen else [])
        return f"node{seen.index(found[0])}"

    return re.sub(r"genid\d+", number, file.read_text(encoding="utf-8"))
