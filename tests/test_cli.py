"""The command line as a user meets it: quick to answer, and clear when something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def derm1m(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "cli.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def test_help_imports_nothing_heavy() -> None:
    """`--help` answers in a third of a second because only typer is imported for it."""
    heavy = [
        "numpy",
        "pyarrow",
        "pyoxigraph",
        "ladybug",
        "rdflib",
        "networkx",
        "torch",
        "open_clip",
        "matplotlib",
        "PIL",
        "jinja2",
    ]
    code = f"import sys, cli, kg, embed, train; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_help_lists_every_command() -> None:
    done = derm1m("--help")
    assert done.returncode == 0
    for command in ("ontology", "build", "sparql", "cypher", "prompts", "export-pairs", "sample", "train", "evaluate"):
        assert f"\n  {command} " in done.stdout


def test_unknown_term_suggests_the_nearest() -> None:
    done = derm1m("ontology", "show", "plaque psoriasys")
    assert done.returncode == 2
    assert "plaque psoriasis" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_graph_is_named(tmp_path: Path) -> None:
    done = derm1m("sparql", "--kg", tmp_path / "absent.kg", "SELECT * WHERE { ?s ?p ?o } LIMIT 1")
    assert done.returncode == 2
    assert "absent.kg" in done.stderr


def test_source_without_a_path_says_how_to_write_it(tmp_path: Path) -> None:
    done = derm1m("build", "--source", "ham10000", "--out", tmp_path / "derm.kg")
    assert done.returncode == 2
    assert "NAME=PATH" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["SELECT * WHERE { ?s ?p ?o }", "--file", "query.rq"]])
def test_query_comes_from_one_place(arguments: list[str], tmp_path: Path) -> None:
    done = derm1m("sparql", "--kg", tmp_path, *arguments)
    assert done.returncode == 2


def test_show_prints_path_and_synonyms() -> None:
    done = derm1m("ontology", "show", "psoriasis vulgaris")
    assert done.returncode == 0
    assert "label: plaque psoriasis" in done.stdout
    assert "psoriasis vulgaris (exact" in done.stdout
