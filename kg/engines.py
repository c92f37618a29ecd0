"""Where shards are made: in this process, in several, or on a Ray cluster. The shards are the same."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kg.errors import InputError
from kg.processes import python_path, start

if TYPE_CHECKING:
    from kg.ontology import Ontology
    from kg.shards import Maker, Task

Engine = Literal["processes", "ray"]

_TRIES = 3  # of a task whose process ended
_NICE = 10  # the process that asks also loads what is made: it goes first, or at the end all else would wait for it
_AHEAD = 2  # tasks for each process that are prepared before one of them is done


def make_all(
    tasks: Iterable["Task"],
    folder: Path,
    ontology: "Ontology",
    *,
    engine: Engine = "processes",
    processes: int | None = None,
) -> Iterator["Task"]:
    """Do the tasks of a build in `folder`, and give each back when it is done, in any order.

    With one task or one process (the default: one a core) they are done here. A task whose process was killed is done
    again by another. Raises what a task raises, and InputError where Ray is not there or processes keep ending.
    """
    if engine == "ray":
        return _on_ray(tasks, folder)
    tasks = iter(tasks)
    first = list(islice(tasks, 2))
    count = processes or available_cores()
    if count == 1 or len(first) < 2:
        return _here(chain(first, tasks), folder, ontology)
    return _in_processes(chain(first, tasks), folder, count)


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _here(tasks: Iterable["Task"], folder: Path, ontology: "Ontology") -> Iterator["Task"]:
    from kg.shards import Maker

    maker = Maker(folder, ontology)
    for task in tasks:
        maker.work(task)
        yield task


def _in_processes(tasks: Iterable["Task"], folder: Path, count: int) -> Iterator["Task"]:
    workers = [_Process(folder) for _ in range(count)]
    idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def do(task: "Task") -> "Task":
        worker = idle.get()
        try:
            worker.do(task)
        finally:
            idle.put(worker)
        return task

    with ThreadPoolExecutor(count) as threads:
        try:
            yield from _as_done(tasks, lambda task: threads.submit(do, task), count)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.close()


def _as_done(tasks: Iterable["Task"], submit: "Callable[[Task], Future[Task]]", count: int) -> Iterator["Task"]:
    pending: set[Future[Task]] = set()
    for task in tasks:
        pending.add(submit(task))
        done, pending = wait(pending, None if len(pending) >= _AHEAD * count else 0, FIRST_COMPLETED)
        yield from (future.result() for future in done)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)


class _Process:
    """A process that does tasks, one at a time; it is started when the first one comes, and again when it ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def do(self, task: "Task") -> None:
        """Raises what the task raises, and InputError where the process ends each time that the task is tried."""
        code = 0
        for _ in range(_TRIES):
            if self._closed:
                raise CancelledError
            process = self._running()
            if (reply := _ask(process, task)) is not None:
                return _raise_error(reply)
            code = process.wait()
        raise InputError(
            f"the process that made {task['name']} ended {_TRIES} times (exit {code}): most likely there is too little "
            "memory; try fewer --processes"
        )

    def close(self) -> None:
        self._closed = True
        if self._process:
            self._process.kill()
            self._process.wait()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._process = start("kg.engines", str(self._folder))
        return self._process


def _ask(process: "subprocess.Popen[bytes]", task: "Task") -> dict[str, Any] | None:
    """The reply of a process, None where it ended before there was one."""
    assert process.stdin is not None  # noqa: S101 - both pipes are asked for where the process starts
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return None
    line = process.stdout.readline()
    return json.loads(line) if line.endswith(b"\n") else None


def _tell_error(error: Exception) -> dict[str, Any]:
    """An error as a reply: those that a user can mend as they are, any other with the place where it was raised."""
    if isinstance(error, InputError):
        return {"error": "input", "message": str(error)}
    if isinstance(error, OSError):
        return {"error": "system", "arguments": [error.errno, error.strerror or str(error), error.filename]}
    return {"error": "fault", "message": traceback.format_exc()}


def _raise_error(reply: dict[str, Any]) -> None:
    match reply.get("error"):
        case "input":
            raise InputError(reply["message"])
        case "system":
            raise OSError(*reply["arguments"])
        case "fault":
            raise RuntimeError(f"in another process:\n{reply['message']}")


def serve(folder: Path) -> None:
    """Do tasks from standard input, a line of JSON each, until the input ends, and with it the process that asks."""
    import pyarrow as pa

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the asking process decides what an interrupt means
    if hasattr(os, "nice"):
        os.nice(_NICE)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what prints must not break the protocol
    pa.set_cpu_count(1)  # the other cores have processes of their own
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            tasks.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        task = tasks.get()
        reply: dict[str, Any] = {}
        try:
            _maker(folder).work(task)
        except Exception as error:  # told to the process that asks, which raises it
            reply = _tell_error(error)
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


@lru_cache(maxsize=1)
def _maker(folder: Path) -> "Maker":
    from kg.ontology import Ontology
    from kg.shards import Maker

    return Maker(folder, Ontology.load(folder / "ontology.owl"))


def _on_ray(tasks: Iterable["Task"], folder: Path) -> Iterator["Task"]:
    """Each task is one of Ray's; `folder` and the data are where every node finds them under the same path."""
    try:
        import ray
    except ModuleNotFoundError:
        raise InputError("Ray is not installed: pip install 'derm1m[ray]'") from None

    started = not ray.is_initialized()
    if started:
        environment = {"env_vars": {"PYTHONPATH": python_path()}}
        ray.init(include_dashboard=False, log_to_driver=False, runtime_env=environment)
    cores = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
    count = _AHEAD * int(cores)
    do = ray.remote(max_retries=_TRIES - 1)(_work)
    pending: list[Any] = []
    try:
        for task in tasks:
            pending.append(do.remote(folder, task))
            done, pending = ray.wait(pending, timeout=None if len(pending) >= count else 0)
            yield from map(ray.get, done)
        while pending:
            done, pending = ray.wait(pending)
            yield from map(ray.get, done)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:  # a process or a node that ended, memory that ran out
        raise InputError(f"Ray gave up on a shard after {_TRIES} tries: {error}") from error
    finally:
        if started:
            ray.shutdown()


def _work(folder: Path, task: "Task") -> "Task":
    _maker(folder).work(task)
    return task


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
