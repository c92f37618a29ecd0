"""A graph's folder: which builds it keeps, and that a kill at any moment leaves a whole one in use."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kg.folder import BUILDS, CURRENT, current_build, new_build, prune, roll_back
from kg.graph import KnowledgeGraph

ROOT = Path(__file__).parents[2]
CLINIC = Path(__file__).parent / "data" / "clinic"
PROGRAM = """
import sys
from pathlib import Path
from kg.build import build
from kg.ontology import Ontology
source, out, processes = sys.argv[1:]
build([("clinic", Path(source))], Path(out), ontology=Ontology.load(), shard_images=4, processes=int(processes))
"""
KILLS, STRANDS, SECONDS = 50, 2, 6.5


def _make(path: Path) -> str:
    with new_build(path) as folder:
        pass
    return folder.name.removesuffix(".unfinished")


def _builds(path: Path) -> set[str]:
    return {build.name for build in (path / BUILDS).iterdir()}


def test_prune_keeps_what_was_in_use_before_a_build_that_was_never_named(tmp_path: Path) -> None:
    former, used = _make(tmp_path), _make(tmp_path)
    never_named = tmp_path / BUILDS / "99991231T235959Z-abcdef"  # killed between the two renames
    shutil.copytree(tmp_path / BUILDS / used, never_named)
    assert prune(tmp_path, keep=2) == [never_named.name]
    assert _builds(tmp_path) == {former, used}


def test_prune_keeps_the_newest_where_nothing_was_in_use_before(tmp_path: Path) -> None:
    first, second, third = _make(tmp_path), _make(tmp_path), _make(tmp_path)
    assert [roll_back(tmp_path), roll_back(tmp_path)] == [second, first]
    older, newer = sorted([second, third])
    assert prune(tmp_path, keep=2) == [older]
    assert _builds(tmp_path) == {first, newer}


def test_the_next_build_removes_a_pointer_that_was_not_put_in_place(tmp_path: Path) -> None:
    used = _make(tmp_path)
    (tmp_path / f"{CURRENT}.unfinished").write_text("half a na", encoding="utf-8")
    assert current_build(tmp_path).name == used
    with pytest.raises(KeyboardInterrupt), new_build(tmp_path):
        raise KeyboardInterrupt
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", BUILDS, CURRENT]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kills_at_random_moments_leave_a_whole_graph_in_use(clinic_graph: KnowledgeGraph, tmp_path: Path) -> None:
    """Fifty kills of a build and its processes; the source changes each time, so that nothing is taken over."""
    graphs = [tmp_path / f"{strand}.kg" for strand in range(STRANDS)]
    for graph in graphs:
        shutil.copytree(clinic_graph.folder.parents[1], graph)
    with ThreadPoolExecutor(STRANDS) as threads:
        under_way = sum(threads.map(_kill_often, graphs, range(STRANDS)))
    assert under_way >= KILLS / 2, "too few of the kills came before the build was done"


def _kill_often(graph: Path, strand: int) -> int:
    """Kill builds of this graph, look at it each time, build it in the end; how many kills met a build under way."""
    rng = random.Random(strand)
    source = graph.with_suffix(".source")
    shutil.copytree(CLINIC, source)
    table = source / "visits.csv"
    header, *lines = table.read_text(encoding="utf-8").splitlines()
    before = _whole(graph)
    sizes = set()
    under_way = 0
    for turn in range(KILLS // STRANDS + 1):
        table.write_text("\n".join([header, *lines[turn % 2 :]]) + "\n", encoding="utf-8")
        command = [sys.executable, "-c", PROGRAM, str(source), str(graph), str(1 + strand)]
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
        if turn < KILLS // STRANDS:
            time.sleep(rng.uniform(0.8, SECONDS))
            under_way += process.poll() is None and any((graph / BUILDS).glob("*.unfinished"))
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        else:
            assert process.wait() == 0
        sizes.add(_whole(graph))
    assert not list(graph.rglob("*.unfinished"))
    assert _whole(graph) < before, "the last build is of the shorter table"
    assert sizes <= {before, _whole(graph)}
    return under_way


def _whole(graph: Path) -> int:
    """The number of pairs, which the account, the tables and both engines agree about."""
    with KnowledgeGraph.open(graph) as kg:
        pairs: int = kg.pairs().num_rows
        assert kg.info["pairs"] == pairs
        assert kg.sparql("SELECT (COUNT(*) AS ?n) { ?pair a d1m:Pair }").to_pylist() == [{"n": pairs}]
        assert kg.cypher("MATCH (p:Pair) RETURN count(*) AS n").to_pylist() == [{"n": pairs}]
    return pairs
