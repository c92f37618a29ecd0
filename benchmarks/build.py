"""Time and memory of a build by size: `python -m benchmarks.build --pairs 100000 300000 1029761`.

Rows shaped like Derm1M's are composed from the ontology and built by the command of this project; a tiny build first
tells the fixed start. Then the quads of the largest graph are loaded once more by themselves: from its shards, as the
build does, and from N-Quads by Oxigraph alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.derm1m_shape import FULL_SIZE, write_rows
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology

_ROOT = Path(__file__).parents[1]
_PAIRS_OF_FULL_SIZE = 1_029_761
_TINY = 100  # images
_PAUSE = 0.2  # seconds between two looks at memory, at the least
_SPARED = 50  # times as long as a look took


@dataclass(frozen=True)
class Run:
    """A command that was run, with the processes that it started."""

    wall: float  # seconds
    cpu: float  # seconds of all processes
    peak: int  # bytes of all processes at one time, shared memory counted once


def run(command: Sequence[str], output: Path) -> Run:
    """Run a command to its end, its standard output into a file. Raises RuntimeError when it fails."""
    start = time.perf_counter()
    with output.open("wb") as file:
        process = subprocess.Popen(command, cwd=_ROOT, stdout=file)  # noqa: S603 - this project's own commands
        sampler = _Sampler(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    peak = sampler.stop()
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak)


class _Sampler(threading.Thread):
    """Looks at the memory of a process and all below it, a few times a second.

    To look, the kernel walks through the tables of all their pages: the time between is long enough that this takes
    little from what is measured.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._peak = 0
        self._done = threading.Event()
        self.start()

    def run(self) -> None:
        pause = _PAUSE
        while not self._done.wait(pause):
            start = time.perf_counter()
            self._peak = max(self._peak, sum(map(_memory, _tree(self._pid))))
            pause = max(_PAUSE, _SPARED * (time.perf_counter() - start))

    def stop(self) -> int:
        self._done.set()
        self.join()
        return self._peak


def _tree(pid: int) -> list[int]:
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [pid, *(below for child in children for below in _tree(child))]


def _memory(pid: int) -> int:
    """Its share of physical memory (Pss), bytes; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


def build(rows: Path, kg: Path, processes: int | None) -> tuple[Run, dict[str, Any]]:
    """Build the graph of a table, and what its account says."""
    command = [sys.executable, "cli.py", "build", "--source", f"derm1m={rows}", "--out", str(kg), "--json"]
    command += ["--processes", str(processes)] if processes else []
    account = kg.with_suffix(".json")
    return run(command, account), json.loads(account.read_text(encoding="utf-8"))


def compare_loads(kg: Path, folder: Path) -> dict[str, Any]:
    """Quads a second by the build's own way and by Oxigraph alone, and their ratio."""
    told: dict[str, Any] = {}
    for how in ("shards", "raw"):
        output = folder / f"{how}.json"
        run(
            [sys.executable, "-m", "benchmarks.rdf_load", how, str(KnowledgeGraph.open(kg).folder), str(folder / how)],
            output,
        )
        told[how] = json.loads(output.read_text())
    told["ratio"] = {each: round(told["raw"][each] / told["shards"][each], 2) for each in ("wall", "cpu")}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, nargs="+", default=[100_000], help="sizes, about so many pairs each")
    parser.add_argument("--folder", type=Path, help="where to write; a temporary folder by default")
    parser.add_argument("--processes", type=int)
    parser.add_argument("--no-rdf", action="store_true", help="leave the comparison with Oxigraph alone out")
    options = parser.parse_args()
    ontology = Ontology.load()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        fixed: Run | None = None
        for pairs in [0, *sorted(options.pairs)]:
            images = round(pairs * FULL_SIZE / _PAIRS_OF_FULL_SIZE) or _TINY
            expected = write_rows(folder / "rows.csv", images, ontology)
            measured, account = build(folder / "rows.csv", folder / "derm.kg", options.processes)
            if account["pairs"] != expected:
                raise RuntimeError(f"{account['pairs']} pairs, {expected} were expected")
            fixed = fixed or measured
            print(json.dumps(_figures(images, account, measured, fixed)), flush=True)
        if not options.no_rdf:
            print(json.dumps({"rdf": compare_loads(folder / "derm.kg", folder)}))


def _figures(images: int, account: dict[str, Any], measured: Run, fixed: Run) -> dict[str, Any]:
    """What is printed of a size; per million pairs, the fixed start is taken off."""
    pairs = account["pairs"]
    millions = pairs / 1e6
    return {
        "images": images,
        "pairs": pairs,
        "quads": account["quads"],
        "wall_s": round(measured.wall, 1),
        "cpu_s": round(measured.cpu, 1),
        "peak_mb": measured.peak >> 20,
        "per_million_pairs": {
            "wall_s": round((measured.wall - fixed.wall) / millions, 1),
            "cpu_s": round((measured.cpu - fixed.cpu) / millions, 1),
            "peak_mb": round((measured.peak - fixed.peak) / millions / 2**20),
        },
        "steps_s": account["seconds"],
    }


if __name__ == "__main__":
    main()
