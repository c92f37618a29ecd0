"""Our check of OWL 2 EL against the one of OWLAPI, by way of ROBOT."""

from pathlib import Path

import pytest

from tests.java import jars
from tests.kg.profiles import CASES, turtle

pytestmark = pytest.mark.integration


def test_robot_finds_the_same_cases_outside_the_profile(tmp_path: Path) -> None:
    """All cases in one file, each in its own namespace, by which the report tells them apart."""
    spaces = [f"http://example.org/{number:02}/" for number in range(len(CASES))]
    text = "".join(turtle(case, space) for case, space in zip(CASES, spaces, strict=True))
    cases, report = tmp_path / "cases.ttl", tmp_path / "report.txt"
    cases.write_text(f"<http://example.org/o> a <http://www.w3.org/2002/07/owl#Ontology> .\n{text}", encoding="utf-8")

    jars.run(
        jars.resolve(Path(__file__).parent / "robot"),
        "org.obolibrary.robot.CommandLineInterface",
        *("validate-profile", "--profile", "EL", "--input", cases, "--output", report),
    )

    found = report.read_text(encoding="utf-8")
    theirs = {case["name"] for case, space in zip(CASES, spaces, strict=True) if space in found}
    assert theirs == {case["name"] for case in CASES if case.get("outside")}
