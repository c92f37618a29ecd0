"""Which checks are made, and how grave a violation of each is."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from kg.errors import InputError
from kg.resources import ontology_folder


class Severity(IntEnum):
    """How grave a violation is, the names those of ROBOT's report."""

    INFO = 1
    WARN = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Check:
    """A question to the ontology whose answers are violations: a SELECT of `?entity ?property ?value`."""

    name: str
    severity: Severity
    title: str  # the problem in one sentence
    query: str


def read_profile(path: Path | None = None) -> tuple[Check, ...]:
    """The checks that a profile names, gravest first, by name; by default all that come with the package.

    A profile has ROBOT's form: on each line a severity (ERROR, WARN or INFO), a tab, and the name of a check that
    comes with the package or `file:` and the path of a query of one's own, relative to the profile. The first comment
    of a query is its title. Raises `InputError` with the line when one says something else.
    """
    folder = ontology_folder() / "checks"
    profile = path if path is not None else folder / "profile.tsv"
    found: dict[str, Check] = {}
    for number, line in enumerate(_text(profile).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{profile}, line {number}"
        severity, _, name = (part.strip() for part in line.partition("\t"))
        if not name or severity not in Severity.__members__:
            known = ", ".join(reversed(Severity.__members__))
            raise InputError(f"{where}: {line!r}; expected one of {known}, a tab, and the name of a check")
        own = profile.parent / name.removeprefix("file:") if name.startswith("file:") else None
        file = own or folder / f"{name}.rq"
        if own is None and file.name not in {known.name for known in folder.glob("*.rq")}:
            raise InputError(f"{where}: no check is named {name!r}; a query of your own is written as file:PATH")
        if file.stem in found:
            raise InputError(f"{where}: {file.stem} is named twice; leave one of the two lines out")
        query = _text(file)
        title = query.partition("\n")[0].removeprefix("#").strip() if query.startswith("#") else file.stem
        found[file.stem] = Check(file.stem, Severity[severity], title, query)
    if not found:
        raise InputError(f"{profile}: the profile names no check")
    return tuple(sorted(found.values(), key=lambda check: (-check.severity, check.name)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8") from error
