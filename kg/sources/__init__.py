"""Public data sets, read as TOML files describe them: images, captions and statements, every row accounted for."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from kg.errors import InputError
from kg.sources.declaration import load_specification
from kg.sources.reader import Part, Reader, Reading, inputs, read_source, terms_of_use
from kg.sources.specification import SourceSpec

__all__ = [
    "Part",
    "Reader",
    "Reading",
    "SourceSpec",
    "describe",
    "inputs",
    "names",
    "read",
    "resolve",
    "specification_file",
    "terms_of_use",
]

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The sources that come with the package, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def specification_file(name: str) -> Path:
    """The TOML file of a source that comes with the package.

    Raises InputError if there is none of this name.
    """
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            f"no source is named {name!r}; {hint}Known are {', '.join(names())}. For a data set of your own, "
            f"write {name}=FILE.toml, or put one source.toml in its folder"
        )
    return _FOLDER / f"{name}.toml"


def describe(name: str) -> SourceSpec:
    """Licence, citation and columns of a source that comes with the package.

    Raises InputError if there is none of this name.
    """
    return load_specification(specification_file(name))


def read(name: str, path: Path, *, progress: bool = True) -> Reading:
    """Reads the source `name` at `path`.

    `path` is the folder of a known source's files or its table itself; for any other name it is a TOML file, or a
    folder that holds exactly one `source.toml`. In a TOML file, `root` is the folder of the data, relative to it.

    Raises InputError where the source, a file or a column is missing.
    """
    return read_source(*resolve(name, path), progress=progress)


def resolve(name: str, path: Path) -> tuple[SourceSpec, Path]:
    """The specification of the source `name` at `path`, as `read` takes them, and where its data are.

    Raises InputError where there is no such source.
    """
    path = Path(path)
    declared = _declared(path)
    if declared is None:
        return describe(name), path
    spec = load_specification(declared, name)
    return replace(spec, name=name), declared.parent / spec.root


def _declared(path: Path) -> Path | None:
    """The TOML file that a path stands for, if any."""
    if path.suffix.lower() == ".toml":
        return path
    found: Iterator[Path] = path.rglob("source.toml") if path.is_dir() else iter(())
    files = sorted(found)
    if len(files) > 1:
        raise InputError(
            f"{path}: {len(files)} files named source.toml ({', '.join(map(str, files[:3]))}): point at one"
        )
    return files[0] if files else None
