"""What is told to be outside OWL 2 EL; tests/java holds the same cases against ROBOT."""

import pyoxigraph as ox
import pytest

from kg.ontology import Ontology
from kg.reasoning import outside_el
from tests.kg.profiles import CASES, turtle

SPACE = "http://example.org/"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_outside_the_profile_is_told(case: dict) -> None:
    violations = outside_el(ox.parse(input=turtle(case, SPACE), format=ox.RdfFormat.TURTLE))

    expected = case.get("outside", [])
    assert len(violations) == len(expected)
    for start in set(expected):
        assert sum(v.uses.startswith(start) for v in violations) == expected.count(start)
    assert all(v.about and all(name.startswith(SPACE) for name in v.about) for v in violations)


def test_the_ontology_is_in_the_profile(ontology: Ontology) -> None:
    assert outside_el(ontology.quads) == []
