"""Queries in a process of their own: killed at the deadline, bounded in memory, unable to write a file.

The engines have no reliable time limit and "read-only" does not stop them from using memory without end, so a query
never runs in the process that asks. A worker stays alive between queries and is started again after a kill.
"""

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa

from kg.errors import InputError, QueryStopped
from kg.processes import start
from kg.queries import check_timeout

MEMORY = 16 << 30
"""Address space of a worker, bytes: an engine maps its files into it, so it is well above what a query needs."""

Engine = Literal["sparql", "cypher", "protocol"]
"""Answers as Arrow tables from either engine, or as the formats of SPARQL's protocol (`kg.serve.answers`)."""

_LENGTH = struct.Struct("<Q")
_ANSWER, _REFUSAL, _STOP = b"\0", b"\1", b"\2"


class Worker:
    """One engine over one graph, in a process of its own. Safe to use from several threads, one query at a time."""

    def __init__(self, engine: Engine, folder: Path, *, memory: int = MEMORY, answer: int | None = None) -> None:
        """`memory` is the process's address space and `answer` the longest answer, in bytes."""
        self._memory = memory
        self._command = ["kg.worker", engine, str(folder), str(memory), str(answer or 0)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, query: str, parameters: dict[str, Any] | None = None, *, timeout: float = 60) -> pa.Table:
        """The answer as a table.

        Raises InputError when the engine refuses the query (its own message); QueryStopped when the answer is not there
        after `timeout` seconds or is too long, and when the query takes more memory than a worker has.
        """
        reply = self.send({"query": query, "parameters": parameters or {}}, timeout=timeout)
        return pa.ipc.open_stream(reply).read_all()

    def send(self, message: dict[str, Any], *, timeout: float = 60) -> pa.Buffer:
        """What the engine answers to a message, as bytes. Raises as `ask` does."""
        check_timeout(timeout)
        try:
            request = json.dumps(message).encode()
        except TypeError as error:
            raise InputError(f"parameters are text, numbers, booleans, lists and maps: {error}") from error
        with self._lock:
            process = self._running()
            late = threading.Event()
            timer = threading.Timer(timeout, _end, (process, late))
            timer.start()
            try:
                _send(process.stdin, request)
                reply = _receive(process.stdout)
            except (BrokenPipeError, EOFError):
                code = _ended(process)
                if late.is_set():
                    raise QueryStopped(f"no answer within {timeout:g} s: narrow the query or allow more time") from None
                if code == 1:
                    raise InputError("the query engine failed: its own message is above") from None
                if code == -signal.SIGSEGV:
                    raise QueryStopped(
                        f"the query engine ended (exit {code}): most likely a chain of operators is too long for its "
                        "parser; shorten the query"
                    ) from None
                raise QueryStopped(
                    f"the query engine ended (exit {code}): most likely the query took more than "
                    f"{self._memory >> 30} GiB of memory; narrow it"
                ) from None
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                timer.cancel()
        if reply[:1] == _REFUSAL:
            raise InputError(reply[1:].decode())
        if reply[:1] == _STOP:
            raise QueryStopped(reply[1:].decode())
        return pa.py_buffer(reply)[1:]

    def close(self) -> None:
        """End the process. A later question starts another."""
        with self._lock:
            if self._process is not None:
                _end(self._process)
                self._process.wait()

    def kill(self) -> None:
        """End the process at once, also in the middle of a query, which is then refused."""
        if process := self._process:
            process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = start(*self._command)
            weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: "subprocess.Popen[bytes]", late: threading.Event | None = None) -> None:
    if late is not None:
        late.set()
    process.kill()
    process.wait()


def _ended(process: "subprocess.Popen[bytes]") -> int:
    """The exit code of a process that has closed its pipes; it is killed when it does not end by itself."""
    try:
        return process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _send(pipe: IO[bytes] | None, *parts: Any) -> None:
    assert pipe is not None  # noqa: S101 - both pipes are asked for where the process starts
    pipe.write(_LENGTH.pack(sum(len(part) for part in parts)))
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _receive(pipe: IO[bytes] | None) -> bytes:
    assert pipe is not None  # noqa: S101
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _limit(memory: int) -> None:
    """No new bytes in any file, and no more memory than this, where the system knows such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _open(engine: str, folder: Path, longest: int) -> Callable[[dict[str, Any]], Any]:
    """A function from a message to bytes."""
    if engine == "protocol":
        from kg.serve.answers import reader

        return reader(folder, longest)
    if engine == "sparql":
        from kg import sparql

        return _streamed(sparql.reader(folder), longest)
    from kg import cypher

    return _streamed(cypher.reader(folder), longest)


def _streamed(answer: Callable[[str, dict[str, Any]], pa.Table], longest: int) -> Callable[[dict[str, Any]], pa.Buffer]:
    def stream(message: dict[str, Any]) -> pa.Buffer:
        table = answer(message["query"], message["parameters"])
        if longest and table.nbytes > longest:
            raise QueryStopped(f"the answer is longer than {longest >> 20} MiB: narrow the query, or add LIMIT")
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()

    return stream


def serve(engine: str, folder: Path, memory: int, longest: int) -> None:
    """Answer questions from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the asking process decides what an interrupt means
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # an engine that prints must not break the protocol
    _limit(memory)
    answer = _open(engine, folder, longest)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = json.loads(_receive(sys.stdin.buffer))
            try:
                _send(replies, _ANSWER, answer(request))
            except InputError as error:
                _send(replies, _STOP if isinstance(error, QueryStopped) else _REFUSAL, str(error).encode())


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
