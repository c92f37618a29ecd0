"""A graph on disk: a folder of builds, of which the file `current` names the one in use.

A build is written under a name that no reader looks at, brought to the disk, and only then named by `current`, which is
replaced by a rename. Whatever happens before leaves the former build in use.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kg.errors import InputError

CURRENT, BUILDS, PREVIOUS, LOCK = "current", "builds", "previous", ".lock"
_UNFINISHED = ".unfinished"


def current_build(path: Path) -> Path:
    """The folder of the build in use. Raises InputError when there is no graph at `path`."""
    try:
        build = path / BUILDS / (path / CURRENT).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        hint = "a build was not finished" if (path / BUILDS).is_dir() else "`build --out` writes one"
        raise InputError(f"no graph at {path}: {hint}") from None
    if not build.is_dir():
        raise InputError(f"{path}: {CURRENT} names the build {build.name}, which is not there: build it again")
    return build


@contextmanager
def new_build(path: Path) -> Iterator[Path]:
    """A folder to write a build in; it is the one in use when the block ends without an exception.

    One build at a time: raises InputError while another is under way. Removes what an unfinished build left.
    """
    existed = path.exists()
    if existed and not path.is_dir():
        raise InputError(f"{path} is a file: name a folder for the graph")
    if existed and any(path.iterdir()) and not (path / BUILDS).is_dir() and not (path / LOCK).exists():
        raise InputError(f"{path} holds other files than a graph: name a folder that is new, empty, or a graph's")
    (path / BUILDS).mkdir(parents=True, exist_ok=True)
    with _locked(path):
        _remove_unfinished(path)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        folder = path / BUILDS / f"{name}{_UNFINISHED}"
        folder.mkdir()
        try:
            yield folder
            _commit(path, folder, name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def prune(path: Path, keep: int = 1) -> list[str]:
    """Delete builds until `keep` are left, and return the names of those deleted.

    The one in use stays, then those that it took the place of, then the newest.
    """
    if keep < 1:
        raise InputError(f"keep {keep} builds: the one in use stays, so at least 1")
    used = current_build(path)
    with _locked(path):
        _remove_unfinished(path)
        names = sorted((build.name for build in (path / BUILDS).iterdir()), reverse=True)
        superfluous = list(dict.fromkeys([*_succession(path, used.name), *names]))[keep:]
        for name in superfluous:
            shutil.rmtree(path / BUILDS / name)
    return superfluous


def _succession(path: Path, name: str) -> Iterator[str]:
    """A build and, one after the other, those that were in use before it."""
    while (path / BUILDS / name).is_dir():
        yield name
        try:
            name = (path / BUILDS / name / PREVIOUS).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return


def roll_back(path: Path) -> str:
    """Put the build in use again that the current one took the place of, and return its name; no build is deleted."""
    current_build(path)
    with _locked(path):
        used = current_build(path)
        try:
            name = (used / PREVIOUS).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise InputError(
                f"{path}: the build {used.name} took the place of no other: nothing to go back to"
            ) from None
        if not (path / BUILDS / name).is_dir():
            raise InputError(f"{path}: the build {name}, which was in use before {used.name}, has been deleted")
        _point(path, name)
    return name


def _commit(path: Path, folder: Path, name: str) -> None:
    if (path / CURRENT).exists():
        (folder / PREVIOUS).write_text((path / CURRENT).read_text(encoding="utf-8"), encoding="utf-8")
    for file in sorted(folder.rglob("*"), reverse=True):
        _sync(file)
    _sync(folder)
    folder.rename(path / BUILDS / name)
    _sync(path / BUILDS)
    _point(path, name)


def _point(path: Path, name: str) -> None:
    """Name the build in use, by a rename."""
    pointer = _unfinished_pointer(path)
    pointer.write_text(f"{name}\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(path / CURRENT)
    _sync(path)


def _unfinished_pointer(path: Path) -> Path:
    return path / f"{CURRENT}{_UNFINISHED}"


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows has no handle of a folder to bring to the disk
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_unfinished(path: Path) -> None:
    for left in (path / BUILDS).glob(f"*{_UNFINISHED}"):
        shutil.rmtree(left)
    _unfinished_pointer(path).unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The right to change a graph's folder; the system takes it back when the process ends, however it ends."""
    import fcntl

    with (path / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{path}: another build is under way: wait for it, or name another folder") from None
        yield
