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

from kg.errors import InputError

MEMORY = 16 << 30
"""Address space of a worker, bytes: an engine maps its files into it, so it is well above what a query needs."""

_LENGTH = struct.Struct("<Q")
_ANSWER, _REFUSAL = b"\0", b"\1"


class Worker:
    """One engine over one graph, in a process of its own. Safe to use from several threads, one query at a time."""

    def __init__(self, engine: Literal["sparql", "cypher"], folder: Path) -> None:
        self._command = [sys.executable, "-m", "kg.worker", engine, str(folder)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, query: str, parameters: dict[str, Any] | None = None, *, timeout: float = 60) -> pa.Table:
        """The answer as a table.

        Raises InputError when the engine refuses the query (its own message), when the answer is not there after
        `timeout` seconds, and when the query takes more memory than a worker has.
        """
        if timeout <= 0:
            raise InputError(f"a time limit of {timeout} s: give a number above 0")
        try:
            request = json.dumps({"query": query, "parameters": parameters or {}}).encode()
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
                process.kill()
                code = process.wait()
                if late.is_set():
                    raise InputError(f"no answer within {timeout:g} s: narrow the query or allow more time") from None
                raise InputError(
                    f"the query engine ended (exit {code}): most likely the query took more than "
                    f"{MEMORY >> 30} GiB of memory; narrow it"
                ) from None
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                timer.cancel()
        if reply[:1] == _REFUSAL:
            raise InputError(reply[1:].decode())
        return pa.ipc.open_stream(pa.py_buffer(reply)[1:]).read_all()

    def close(self) -> None:
        """End the process. A later question starts another."""
        with self._lock:
            if self._process is not None:
                _end(self._process)
                self._process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            paths = [str(Path(__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(  # noqa: S603 - this module under this interpreter
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
            weakref.finalize(self, _end, self._process)
        return self._process


def _end(process: "subprocess.Popen[bytes]", late: threading.Event | None = None) -> None:
    if late is not None:
        late.set()
    process.kill()
    process.wait()


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


def _limit() -> None:
    """No new bytes in any file, and no more memory than MEMORY, where the system knows such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _open(engine: str, folder: Path) -> Callable[[str, dict[str, Any]], pa.Table]:
    if engine == "sparql":
        from kg import sparql

        return sparql.reader(folder)
    from kg import cypher

    return cypher.reader(folder)


def serve(engine: str, folder: Path) -> None:
    """Answer questions from standard input on standard output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the asking process decides what an interrupt means
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # an engine that prints must not break the protocol
    _limit()
    answer = _open(engine, folder)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = json.loads(_receive(sys.stdin.buffer))
            try:
                table = answer(request["query"], request["parameters"])
            except InputError as error:
                _send(replies, _REFUSAL, str(error).encode())
                continue
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            _send(replies, _ANSWER, sink.getvalue())


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
