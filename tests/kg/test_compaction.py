"""Compaction of a store: in a process of its own, and nothing of it while quads are loaded."""

import os
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.compaction import compact, put_off

_QUADS = 5_000


def _store(folder: Path) -> ox.Store:
    """A store that was loaded in several steps, each of which leaves files that overlap."""
    store = ox.Store(folder)
    for step in range(4):
        lines = (f"<urn:{n % 97}> <urn:p> <urn:{step}:{n}> .\n" for n in range(_QUADS))
        store.bulk_load("".join(lines), ox.RdfFormat.N_TRIPLES)
    return store


def _files(folder: Path) -> int:
    return len(list(folder.glob("*.sst")))


def test_a_compacted_store_has_the_same_quads_in_fewer_files(tmp_path: Path) -> None:
    store = _store(tmp_path / "rdf")
    before = set(store)
    del store
    files = _files(tmp_path / "rdf")
    assert compact(tmp_path / "rdf") == len(before) == 4 * _QUADS
    assert set(ox.Store.read_only(str(tmp_path / "rdf"))) == before
    assert _files(tmp_path / "rdf") < files


def test_a_store_that_another_process_has_open_is_an_os_error(tmp_path: Path) -> None:
    store = _store(tmp_path / "rdf")
    with pytest.raises(OSError, match="LOCK"):
        compact(tmp_path / "rdf")
    assert len(store) == 4 * _QUADS


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_compaction_beside_loading_comes_last(tmp_path: Path) -> None:
    store = _store(tmp_path / "rdf")
    put_off()
    tasks = {int(task.name): (task / "comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}
    compacting = [task for task, name in tasks.items() if name == "rocksdb:low"]
    assert compacting
    assert {os.getpriority(os.PRIO_PROCESS, task) for task in compacting} == {19}
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) < 19
    assert len(store) == 4 * _QUADS
