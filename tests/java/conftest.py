"""A running OWL API, shared by the tests that ask it to open and save files."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest

from tests.java import jars

HERE = Path(__file__).parent


class Resave(Protocol):
    """Opens a file in the OWL API and saves a copy; returns what was misread, lost or added, as lines."""

    def __call__(
        self, file: Path, copy: Path, syntax: Literal["RDF/XML", "OWL/XML", "functional"] = "RDF/XML"
    ) -> list[str]: ...


@pytest.fixture(scope="session")
def resave() -> Iterator[Resave]:
    """The OWL API 4.5.29, the version inside Protégé 5.6."""
    jars.require("java", "javac")
    command = ["java", "-cp", f"{jars.resolve(HERE / 'owlapi')}/*", str(HERE / "owlapi" / "Resave.java")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        told, asked = process.stdout, process.stdin
        assert told is not None
        assert asked is not None

        def ask(file: Path, copy: Path, syntax: str = "RDF/XML") -> list[str]:
            asked.write(f"{file}\t{copy}\t{syntax}\n")
            asked.flush()
            answer = []
            while (line := told.readline()) and line.strip():
                answer.append(line.rstrip("\n"))
            return answer

        yield ask
        asked.close()
