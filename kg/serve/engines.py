"""The processes that answer a server's queries, and the line of those who wait for one."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from kg.serve.settings import Settings
from kg.worker import Engine, Worker

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.graph import KnowledgeGraph

_LADYBUG_ADDRESSES = 10 << 30
"""Address space that LadybugDB reserves before it asks for memory, bytes."""

Answer = TypeVar("Answer")


RETRY = "2"
"""Seconds after which a client that was put off should ask again."""


class Busy(Exception):
    """More queries wait than the server takes on."""


class Engines:
    """At most `workers` queries at a time over one graph; processes are kept, and replaced when killed."""

    def __init__(self, graph: "KnowledgeGraph", settings: Settings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.workers)
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="query")
        memory: dict[Engine, int] = {"protocol": settings.memory, "cypher": settings.memory + _LADYBUG_ADDRESSES}
        self._workers: dict[Engine, list[Worker]] = {
            engine: [
                Worker(engine, graph.folder, memory=limit, answer=settings.answer) for _ in range(settings.workers)
            ]
            for engine, limit in memory.items()
        }
        self._idle = {engine: list(workers) for engine, workers in self._workers.items()}
        self._waiting = 0

    async def start(self) -> None:
        """Start every process, so that nobody waits for one. Raises `InputError` when the graph cannot be asked."""
        greetings = [(worker, _GREETINGS[engine]) for engine, workers in self._workers.items() for worker in workers]
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._threads, worker.send, hello) for worker, hello in greetings))

    def close(self) -> None:
        """End every process; a query under way is refused."""
        for workers in self._workers.values():
            for worker in workers:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for workers in self._workers.values():
            for worker in workers:
                worker.close()

    async def sparql(self, message: dict[str, Any]) -> bytes:
        """The answer to a message of `kg.serve.answers`. Raises `Busy`, and what `Worker.send` raises."""
        return await self._ask("protocol", lambda worker, left: bytes(worker.send(message, timeout=left)))

    async def cypher(self, query: str, parameters: dict[str, Any]) -> "pa.Table":
        """The answer to a Cypher query. Raises `Busy`, and what `Worker.ask` raises."""
        return await self._ask("cypher", lambda worker, left: worker.ask(query, parameters, timeout=left))

    async def _ask(self, engine: Engine, ask: Callable[[Worker, float], Answer]) -> Answer:
        until = time.monotonic() + self._settings.time_limit
        async with self._place():
            worker = self._idle[engine].pop()
            left = max(round(until - time.monotonic(), 2), 0.01)
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, ask, worker, left)
            try:
                return await asyncio.shield(asked)
            except asyncio.CancelledError:  # nobody waits for the answer any more
                worker.kill()
                await asyncio.wait([asked])
                raise
            finally:
                self._idle[engine].append(worker)

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._places.locked() and self._waiting >= self._settings.waiting:
            raise Busy
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self._settings.time_limit)
        except TimeoutError:
            raise Busy from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()


_GREETINGS: dict[Engine, dict[str, Any]] = {
    "protocol": {"query": "ASK {}", "format": "application/sparql-results+json"},
    "cypher": {"query": "RETURN 1 AS one", "parameters": {}},
}
