"""Where shards are made: whichever it is, and whatever happens to a process, the tables of the graph are the same."""

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.derm1m_shape import write_rows
from kg.build import build
from kg.engines import Engine
from kg.errors import InputError
from kg.graph import KnowledgeGraph
from kg.tables import SHARDED

if TYPE_CHECKING:
    from kg.ontology import Ontology

IMAGES, SHARD_IMAGES = 2_000, 200


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology") -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    write_rows(path, IMAGES, ontology)
    return path


@pytest.fixture(scope="module")
def expected(rows: Path, tmp_path_factory: pytest.TempPathFactory, ontology: "Ontology") -> dict[str, str]:
    """What one process makes of the rows, when nothing happens to it."""
    return _built(rows, tmp_path_factory.mktemp("one") / "derm.kg", ontology, processes=1)


def _built(
    rows: Path, kg: Path, ontology: "Ontology", *, processes: int | None = None, engine: Engine = "processes"
) -> dict[str, str]:
    """The hash of each file of the tables, by name."""
    source = ("derm1m", rows)
    build([source], kg, ontology=ontology, processes=processes, engine=engine, shard_images=SHARD_IMAGES)
    folder = KnowledgeGraph.open(kg).folder
    files = [file for table in SHARDED for file in sorted((folder / table).iterdir())] + [folder / "counts.parquet"]
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _below(pid: int, named: bytes) -> list[int]:
    """The processes below one whose command line has this text."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            try:
                found += [child] if named in Path(f"/proc/{child}/cmdline").read_bytes() else []
                found += _below(child, named)
            except OSError:  # ended meanwhile
                continue
    return found


@contextmanager
def _killed_after(kg: Path, shards: tuple[int, ...], named: bytes) -> Iterator[list[int]]:
    """A process of this name is killed each time that so many shards are there; gives those killed."""
    killed: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        for count in shards:
            while len(list(kg.glob("builds/*/facts/*.parquet"))) < count:
                if ended.wait(0.01):
                    return
            while not (running := _below(os.getpid(), named)):
                if ended.wait(0.01):
                    return
            os.kill(running[0], signal.SIGKILL)
            killed.append(running[0])

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_a_process_that_is_killed_loses_and_doubles_nothing(
    rows: Path, expected: dict[str, str], ontology: "Ontology", tmp_path: Path
) -> None:
    with _killed_after(tmp_path / "derm.kg", (1, 4), b"kg.engines") as killed:
        assert _built(rows, tmp_path / "derm.kg", ontology, processes=2) == expected
    assert len(killed) == 2


def test_a_process_that_ends_each_time_is_told_with_what_to_do(
    rows: Path, ontology: "Ontology", tmp_path: Path
) -> None:
    with (
        _killed_always(b"kg.engines"),
        pytest.raises(InputError, match=r"ended 3 times \(exit -9\).*fewer --processes"),
    ):
        _built(rows, tmp_path / "derm.kg", ontology, processes=2)
    assert not list((tmp_path / "derm.kg" / "builds").iterdir())


@contextmanager
def _killed_always(named: bytes) -> Iterator[None]:
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for process in _below(os.getpid(), named):
                os.kill(process, signal.SIGKILL)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.slow
def test_a_ray_worker_that_is_killed_loses_and_doubles_nothing(
    rows: Path, expected: dict[str, str], ontology: "Ontology", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with _killed_after(tmp_path / "derm.kg", (1, 4), b"ray::_work") as killed:
        assert _built(rows, tmp_path / "derm.kg", ontology, engine="ray") == expected
    assert len(killed) == 2
