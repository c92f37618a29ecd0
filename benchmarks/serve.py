"""Many clients at once on a server: `python -m benchmarks.serve --kg KG` starts one, asks it, and says how it bore it.

The clients ask the documented questions that are light (answered within `--light` seconds when asked alone), half of
them in SPARQL at `/sparql`, half in Cypher on the query page, one after the other and without a pause.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

import httpx2
import numpy as np

from kg.graph import KnowledgeGraph
from kg.queries import bind_sparql
from kg.questions import read_questions

Ask = dict[str, Any]
"""What `httpx2.Client.request` takes."""


@dataclass
class Load:
    """What the clients met: seconds of each answer, and how often each status or failure."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, Any]:
        """Answers, their 50th, 95th and 99th percentiles in seconds, refusals for want of room, and errors."""
        middle, high, highest = np.percentile(self.seconds, (50, 95, 99)) if self.seconds else [float("nan")] * 3
        errors = {status: n for status, n in self.statuses.items() if status not in ("200", "503")}
        return {
            "answers": self.statuses["200"],
            "p50": round(float(middle), 3),
            "p95": round(float(high), 3),
            "p99": round(float(highest), 3),
            "503": self.statuses["503"],
            "errors": errors,
        }


@contextmanager
def serve(kg: Path, *options: str) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """A server on a free port: its process, and its address."""
    command = [sys.executable, str(Path(__file__).parents[1] / "cli.py"), "serve", str(kg), "--port", "0", *options]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603 - this project's own command
    try:
        assert server.stderr is not None  # noqa: S101 - the pipe is asked for above
        yield server, _address(server.stderr)
    finally:
        server.terminate()
        server.wait(30)


def _address(told: IO[str]) -> str:
    """What a server says that it answers at; it may warn of something before. Raises RuntimeError when it ends."""
    before = []
    for line in told:
        if found := re.match(r"(http://\S+)/ ", line):
            return found[1]
        before.append(line)
    raise RuntimeError(f"the server ended: {''.join(before)}")


def light_questions(kg: Path, address: str, most: float) -> list[Ask]:
    """The documented questions, in both languages, that are answered within `most` seconds when nobody else asks."""
    with KnowledgeGraph.open(kg) as graph, httpx2.Client(base_url=address, timeout=max(5, 2 * most)) as client:
        asks: list[Ask] = []
        for question in read_questions():
            if any(parameter.default is None for parameter in question.heading.parameters):
                continue
            values = question.heading.values({}, lambda: graph.ontology)
            sparql = bind_sparql(question.sparql, values)
            asks.append({"method": "POST", "url": "/sparql", "data": {"query": sparql}})
            asks.append({"method": "POST", "url": "/ask", "data": {"language": "cypher", "query": question.cypher}})
        return [ask for ask in asks if _seconds(client, ask) <= most]


def _seconds(client: httpx2.Client, ask: Ask) -> float:
    start = time.perf_counter()
    try:
        reply = client.request(**ask)
    except httpx2.TimeoutException:
        return float("inf")
    return time.perf_counter() - start if reply.status_code == 200 else float("inf")


async def put_load(address: str, asks: list[Ask], *, clients: int, seconds: float) -> Load:
    """Ask for so long, each client again as soon as it is answered; who is put off waits as long as it is told to."""
    load, turn, until = Load(), count(), time.perf_counter() + seconds

    async def ask_on(client: httpx2.AsyncClient) -> None:
        while (start := time.perf_counter()) < until:
            try:
                reply = await client.request(**asks[next(turn) % len(asks)])
            except httpx2.HTTPError as error:
                load.statuses[type(error).__name__] += 1
                continue
            load.statuses[str(reply.status_code)] += 1
            if reply.status_code == 200:
                load.seconds.append(time.perf_counter() - start)
            elif reply.status_code == 503:
                await asyncio.sleep(float(reply.headers["retry-after"]))

    limits = httpx2.Limits(max_connections=clients)
    async with httpx2.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await asyncio.gather(*(ask_on(client) for _ in range(clients)))
    return load


@dataclass(frozen=True)
class Use:
    """What a process and those below it have taken: CPU seconds, and the most memory each has had, in bytes."""

    seconds: float = 0
    memory: int = 0

    @classmethod
    def of(cls, process: int) -> "Use":
        """By Linux's `/proc`; nothing where there is none, or for a process that has ended."""
        folder = Path("/proc") / str(process)
        try:
            clock = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            peak = re.search(r"VmHWM:\s*(\d+) kB", (folder / "status").read_text(encoding="utf-8"))
            below = [int(child) for file in folder.glob("task/*/children") for child in file.read_text().split()]
        except OSError:
            return cls()
        own = cls((int(clock[11]) + int(clock[12])) / os.sysconf("SC_CLK_TCK"), int(peak[1]) << 10 if peak else 0)
        uses = [own, *map(cls.of, below)]
        return cls(sum(use.seconds for use in uses), sum(use.memory for use in uses))


def run(kg: Path, *, clients: int, seconds: float, light: float, workers: int) -> dict[str, Any]:
    """The load on a server of its own, as plain values."""
    with serve(kg, "--workers", str(workers)) as (server, address):
        asks = light_questions(kg, address, light)
        before = Use.of(server.pid)
        load = asyncio.run(put_load(address, asks, clients=clients, seconds=seconds))
        after = Use.of(server.pid)
    asked = Counter("sparql" if ask["url"] == "/sparql" else "cypher" for ask in asks)
    told = {"clients": clients, "seconds": seconds, "workers": workers, "queries": dict(asked)}
    taken = {
        "cpu_seconds_an_answer": round((after.seconds - before.seconds) / max(1, len(load.seconds)), 4),
        "peak_memory_mib": after.memory >> 20,
        "load_of_the_machine": round(os.getloadavg()[0], 1),
    }
    return told | load.summary() | taken


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kg", type=Path, required=True, help="folder of a graph")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--light", type=float, default=0.2, help="seconds of a light query, asked alone")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    told = run(
        options.kg,
        clients=options.clients,
        seconds=options.seconds,
        light=options.light,
        workers=options.workers,
    )
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
