"""`ontology reason`, `explain` and `profile` as a user meets them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TINY = ROOT / "tests" / "kg" / "data" / "tiny.ttl"
PREFIXES = "@prefix : <http://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "


def ontology(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "cli.py", "ontology", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("reasoner", ["el", "hermit"])
def test_both_reasoners_print_the_same_inferences(reasoner: str) -> None:
    done = ontology("reason", TINY, "--reasoner", reasoner, "--json")

    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert said["reasoner"] == reasoner
    assert said["consistent"] is True
    assert said["unsatisfiable"] == []
    assert [(row["label"], row["super label"]) for row in said["inferred"]] == [
        ("nail psoriasis", "disorder of foot"),
        ("nevi", "melanocytic neoplasm"),
        ("subungual melanoma", "melanocytic neoplasm of foot"),
    ]


def test_elk_without_robot_says_where_robot_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DERM1M_ROBOT", raising=False)

    unnamed = ontology("reason", TINY, "--reasoner", "elk")
    monkeypatch.setenv("DERM1M_ROBOT", str(tmp_path / "robot.jar"))
    absent = ontology("reason", TINY, "--reasoner", "elk")

    assert (unnamed.returncode, absent.returncode) == (2, 2)
    assert "robot.obolibrary.org" in unnamed.stderr
    assert "robot.jar: expected ROBOT's jar" in absent.stderr


def test_a_class_that_can_have_no_member_is_an_error_that_can_be_explained(tmp_path: Path) -> None:
    file = tmp_path / "impossible.ttl"
    file.write_text(
        TINY.read_text(encoding="utf-8") + "DERM:0001001 owl:disjointWith DERM:0002001 .\n"
        "DERM:0001005 rdfs:subClassOf DERM:0002003 .\n",
        encoding="utf-8",
    )

    reasoned = ontology("reason", file)
    explained = ontology("explain", "nail psoriasis", "--ontology", file)

    assert reasoned.returncode == 1
    assert "nail psoriasis" in reasoned.stdout.partition("unsatisfiable:")[2].partition("inferred:")[0]
    assert explained.returncode == 0
    assert "'inflammatory disorders' DisjointWith neoplasms" in explained.stdout
    assert "'nail psoriasis' SubClassOf nevi" in explained.stdout


def test_an_axiom_that_our_reasoner_does_not_cover_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "union.ttl"
    file.write_text(
        f"{PREFIXES} :A a owl:Class . :B a owl:Class . :A owl:equivalentClass [ owl:unionOf ( :A :B ) ] .",
        encoding="utf-8",
    )

    reasoned, profiled = ontology("reason", file), ontology("profile", file)

    assert reasoned.returncode == 2
    assert "HermiT" in reasoned.stderr
    assert profiled.returncode == 1
    assert "a disjunction" in profiled.stdout


def test_what_does_not_follow_is_said_in_words() -> None:
    done = ontology("explain", "psoriasis", "neoplasms", "--ontology", TINY)

    assert done.returncode == 2
    assert "does not follow that every psoriasis is a neoplasms" in done.stderr
