"""Compaction of an Oxigraph store, once, when all has been loaded: `python -m kg.compaction STORE`.

RocksDB, on which Oxigraph stands, compacts while quads are loaded, over and over what it has compacted already: a third
of a large load. `put_off` lets the threads that do so come last. No thread may raise its priority again, so that the
compaction at the end has a process of its own.
"""

import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from kg.processes import start

_TASKS = Path("/proc/self/task")
_LAST = 19  # the lowest priority


def put_off() -> None:
    """Let the threads of this process in which RocksDB compacts wait for all others; on Linux, elsewhere not at all."""
    for task in _TASKS.iterdir() if _TASKS.is_dir() else ():
        with contextlib.suppress(OSError):  # a thread that has just ended
            if (task / "comm").read_text().startswith("rocksdb:low"):
                os.setpriority(os.PRIO_PROCESS, int(task.name), _LAST)


def compact(store: Path) -> int:
    """Compact a store that no process has open, and return how many quads it has.

    Raises OSError when the disk refuses.
    """
    process = start("kg.compaction", str(store))
    assert process.stdout is not None  # noqa: S101 - both pipes are asked for where the process starts
    try:
        line = process.stdout.readline()
    finally:
        process.kill()
        code = process.wait()
    if not line.endswith(b"\n"):
        raise RuntimeError(f"the process that compacts {store} ended (exit {code}): its own message is above")
    reply = json.loads(line)
    if "error" in reply:
        raise OSError(*reply["error"])
    return int(reply["quads"])


def serve(store: Path) -> None:
    """Compact, and tell on standard output what came of it; ends with the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the asking process decides what an interrupt means
    threading.Thread(target=_end_with_input, daemon=True).start()
    import pyoxigraph as ox

    try:
        opened = ox.Store(store)
        opened.optimize()
        opened.flush()
        reply: dict[str, Any] = {"quads": len(opened)}
    except OSError as error:
        reply = {"error": [error.errno, error.strerror or str(error), error.filename]}
    print(json.dumps(reply), flush=True)


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
