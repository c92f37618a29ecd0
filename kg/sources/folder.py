"""The files below a folder, from one walk: tables by name, images by stem."""

import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from kg.errors import InputError
from kg.sources.specification import ABOVE, FOLDER, PATH, STEM

_IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
_ENDING = rf"(?is)^(.+)(?:{'|'.join(map(re.escape, sorted(_IMAGES)))})$"
_TABLES = {".csv", ".tsv", ".tab", ".parquet", ".pq", ".txt", ".xlsx", ".xlsm"}


@dataclass(frozen=True)
class Folder:
    """What lies below a root. Paths are relative to it, with `/`."""

    root: Path
    tables: tuple[str, ...]
    images: dict[str, list[str]] = field(repr=False)  # by stem
    outward: frozenset[str]  # links that lead out of the root

    @classmethod
    def walk(cls, root: Path) -> "Folder":
        """Lists a folder once. Links to places outside it are noted and not followed."""
        root = root.resolve()
        tables: list[str] = []
        images: dict[str, list[str]] = {}
        outward: set[str] = set()
        for here, folders, files in os.walk(root):
            folders.sort()
            relative = "" if here == str(root) else here[len(str(root)) :].lstrip("/\\").replace(os.sep, "/") + "/"
            for name in folders:
                if _leads_out(f"{here}{os.sep}{name}", root):
                    outward.add(relative + name)
            for name in sorted(files):
                stem, extension = split_extension(name)
                if extension:
                    images.setdefault(stem, []).append(relative + name)
                    if _leads_out(f"{here}{os.sep}{name}", root):
                        outward.add(relative + name)
                elif PurePosixPath(name).suffix.lower() in _TABLES:
                    tables.append(relative + name)
        return cls(root, tuple(tables), images, frozenset(outward))

    def table(self, pattern: str) -> str | None:
        """The one file of this name, or None. Raises InputError where several have it."""
        found = [path for path in self.tables if self.fits(path, pattern)]
        if len(found) > 1:
            raise InputError(
                f"{self.root}: {len(found)} files match {pattern!r} ({', '.join(found[:5])}): point at one"
            )
        return found[0] if found else None

    def matching(self, pattern: str) -> list[str]:
        """The table of this name, or all that fit a pattern with `*`. Raises InputError if a plain name has several."""
        if any(sign in pattern for sign in "*?["):
            return [path for path in self.tables if self.fits(path, pattern)]
        found = self.table(pattern)
        return [found] if found else []

    def image_rows(self, pattern: str) -> pa.Table:
        """The images whose path fits a pattern as rows, sorted: `path`, `stem`, its `folder` and the one `above`.

        A `*` of the pattern stands for any characters. Hidden files, such as macOS leaves, are passed over.
        """
        wanted = pattern.lower()
        paths = [path for each in self.images.values() for path in each if fnmatch(path.lower(), wanted)]
        paths = sorted(path for path in paths if not _is_hidden(path))
        folders = [path.split("/")[:-1] for path in paths]
        return pa.table(
            {
                PATH: pa.array(paths, pa.string()),
                STEM: pa.array([split_extension(path.rpartition("/")[2])[0] for path in paths], pa.string()),
                FOLDER: pa.array([each[-1] if each else "" for each in folders], pa.string()),
                ABOVE: pa.array([each[-2] if len(each) > 1 else "" for each in folders], pa.string()),
            }
        )

    @staticmethod
    def fits(path: str, pattern: str) -> bool:
        """Whether a file has this name or fits this pattern; case does not matter."""
        return fnmatch(PurePosixPath(path).name.lower(), pattern.lower())

    def images_of(self, wanted: pa.Array) -> pa.Array:
        """The path of each image that is there, null for the others."""
        encoded = wanted.dictionary_encode()
        found = [self.image(name) if name else None for name in encoded.dictionary.to_pylist()]
        return pa.array(found, pa.string()).take(encoded.indices)

    def image(self, wanted: str) -> str | None:
        """The image of this name, whatever its extension and however deep; folders that the name has must fit."""
        folder, _, name = wanted.replace("\\", "/").removeprefix("./").rpartition("/")
        stem, extension = split_extension(name)
        found = self.images.get(stem)
        if found is None:
            return None
        if folder:
            found = [path for path in found if f"/{path}".rpartition("/")[0].endswith(f"/{folder}")]
        same = [path for path in found if path.lower().endswith(extension)] if extension else []
        return min(same or found, key=lambda path: (path.count("/"), path), default=None)

    def leaves(self, path: str) -> bool:
        """Whether a relative path goes through a link to a place outside the root."""
        if not self.outward:
            return False
        parts = path.replace("\\", "/").split("/")
        return any("/".join(parts[: end + 1]) in self.outward for end in range(len(parts)))


def _is_hidden(path: str) -> bool:
    return path.startswith("__MACOSX/") or "/." in f"/{path}"


def _leads_out(path: str, root: Path) -> bool:
    return os.path.islink(path) and not Path(path).resolve().is_relative_to(root)  # noqa: PTH114, twice as fast here


def split_extension(name: str) -> tuple[str, str]:
    """Stem and lower-case extension of an image's name; a suffix that no image format has belongs to the stem."""
    stem, dot, suffix = name.rpartition(".")
    extension = f".{suffix.lower()}"
    return (stem, extension) if dot and stem and extension in _IMAGES else (name, "")


def stems(names: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The stem of each name, as `split_extension` splits it."""
    return pc.replace_substring_regex(names, _ENDING, r"\1")
