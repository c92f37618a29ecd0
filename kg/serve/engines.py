"""The processes that answer a server's queries, and the line of those who wait for one."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from kg.errors import InputError, QueryStopped
from kg.serve.settings import Settings
from kg.worker import Engine, Worker

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.graph import KnowledgeGraph

_LADYBUG_ADDRESSES = 10 << 30
"""Address space that LadybugDB reserves before it asks for memory, bytes."""

Answer = TypeVar("Answer")


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
        self._reviving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start every process, so that nobody waits for one. Raises `InputError` when the graph cannot be asked."""
        greetings = [(worker, _GREETINGS[engine]) for engine, workers in self._workers.items() for worker in workers]
        await asyncio.gather(*(self._in_thread(worker.send, hello) for worker, hello in greetings))

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
        limit = self._settings.time_limit
        return await self._ask("protocol", lambda worker: bytes(worker.send(message, timeout=limit)))

    async def cypher(self, query: str, parameters: dict[str, Any]) -> "pa.Table":
        """The answer to a Cypher query. Raises `Busy`, and what `Worker.ask` raises."""
        limit = self._settings.time_limit
        return await self._ask("cypher", lambda worker: worker.ask(query, parameters, timeout=limit))

    async def _ask(self, engine: Engine, ask: Callable[[Worker], Answer]) -> Answer:
        await self._take_place()
        worker = self._idle[engine].pop()
        asked = self._in_thread(ask, worker)
        try:
            answer = await asyncio.shield(asked)
        except (QueryStopped, asyncio.CancelledError):  # over its limit, or nobody waits for the answer any more
            worker.kill()
            await asyncio.gather(asked, return_exceptions=True)
            task = asyncio.ensure_future(self._revive(engine, worker))
            self._reviving.add(task)
            task.add_done_callback(self._reviving.discard)
            raise
        except BaseException:
            self._give_back(engine, worker)
            raise
        self._give_back(engine, worker)
        return answer

    async def _take_place(self) -> None:
        if self._places.locked() and self._waiting >= self._settings.waiting:
            raise Busy
        self._waiting += 1
        try:
            await asyncio.wait_for(self._places.acquire(), self._settings.patience)
        except TimeoutError:
            raise Busy from None
        finally:
            self._waiting -= 1

    async def _revive(self, engine: Engine, worker: Worker) -> None:
        """Start a process that was ended, so that the next query does not wait for it within its own time."""
        try:
            with contextlib.suppress(InputError):  # whoever asks next is told
                await self._in_thread(worker.send, _GREETINGS[engine])
        finally:
            self._give_back(engine, worker)

    def _give_back(self, engine: Engine, worker: Worker) -> None:
        self._idle[engine].append(worker)
        self._places.release()

    def _in_thread(self, function: Callable[..., Answer], *arguments: Any) -> "asyncio.Future[Answer]":
        return asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


_GREETINGS: dict[Engine, dict[str, Any]] = {
    "protocol": {"query": "ASK {}", "format": "application/sparql-results+json"},
    "cypher": {"query": "RETURN 1 AS one", "parameters": {}},
}
