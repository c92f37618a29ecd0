"""The real Java programs that tests run against: jars from pinned Maven files, fetched once and kept."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Programs this short spend more time compiling their code than running it."""

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "jars"


def require(*programs: str) -> None:
    """Skip the test that asks when a program is absent, and say what to install."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        pytest.skip(
            f"{' and '.join(absent)} not found: install a JDK 17 and Maven (Debian: openjdk-17-jdk-headless maven)"
        )


def resolve(pom_folder: Path) -> Path:
    """The folder of jars that `pom_folder/pom.xml` names, with all they depend on.

    The folder is cached by the file's hash, so that a changed version is fetched anew, and appears by rename, so that
    a broken download is never taken for a whole one. Skips without Java or Maven; fails when Maven does.
    """
    require("java", "mvn")
    pom = pom_folder / "pom.xml"
    jars = CACHE / f"{pom_folder.name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        arriving = Path(folder) / "jars"
        command = ["mvn", "-q", "-B", "-f", str(pom), _COPY, f"-DoutputDirectory={arriving}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"Maven could not fetch what {pom} names:\n{done.stdout}{done.stderr}")
        try:
            arriving.rename(jars)
        except OSError:
            if not jars.is_dir():  # otherwise another run was first
                raise
    return jars


def run(
    jars: Path, main: str, *arguments: str | Path, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a main class of those jars to its end and return its exit code and what it said."""
    command = [*JAVA, *options, "-cp", f"{jars}/*", main, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
