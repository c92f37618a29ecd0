"""Writing beside what is there, and taking its place only when everything is written."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import InputError

ACCOUNT = "export.json"
_FILES = frozenset(
    {ACCOUNT, "left_out.tsv", "sizes.json", "README.md", "croissant.json", "train", "validation", "test"}
)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A new folder beside `out`; what is in it takes its place when the block ends without an exception.

    A folder or file in it with the name of `out` replaces `out` as a whole, its other files go beside `out`. Raises
    `InputError` when the disk refuses, and where `out` is a folder that holds anything but an export.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    old = part.with_suffix(".old")
    if out.is_dir() and any(not _is_export(file) for file in out.iterdir()):
        raise InputError(f"{out} holds other files than an export: name a folder that is new or empty")
    try:
        part.mkdir(parents=True)
        yield part
        if out.is_dir():
            out.rename(old)
        try:
            for written in sorted(part.iterdir(), key=lambda path: path.name != out.name):
                written.replace(out.with_name(written.name))
        except OSError:
            if old.exists() and not out.exists():
                old.rename(out)
            raise
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}; what was there is unchanged") from error
    finally:
        for left in (part, old):
            if left.is_dir():
                shutil.rmtree(left)


def _is_export(file: Path) -> bool:
    return file.suffix == ".tar" or file.name in _FILES
