"""Processes that run a module of this package."""

import os
import subprocess
import sys
from pathlib import Path


def start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start `python -m module` with a pipe to it and one from it."""
    return subprocess.Popen(  # noqa: S603 - a module of this package under this interpreter
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": python_path()},
    )


def python_path() -> str:
    """Where another interpreter finds this package, whether it is installed or not."""
    paths = [str(Path(__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.pathsep.join(paths)
