"""What a source is, read from a TOML file: where its tables are and what each column says.

The format is described in `docs/sources.md`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from kg.errors import InputError

ROLES = ("condition", "finding", "artifact", "symptom", "site", "tone", "history")
POLARITIES = ("present", "absent", "uncertain", "historical")
MODALITIES = ("clinical", "dermoscopic", "histology", "other")
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class TableFile:
    """A file of rows, one an image: a name or a pattern, found anywhere below the given folder."""

    file: str
    separator: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Cell:
    """A word: a constant, or a column's cell, through a map of its values where there is one."""

    column: str | None = None
    values: Mapping[str, str] | None = None
    constant: str | None = None


@dataclass(frozen=True)
class Meaning:
    """What one value of a column says: a name to link, and how it holds."""

    term: str
    polarity: str = "present"


@dataclass(frozen=True)
class Fact:
    """What one column, or a set of one-hot columns, says of an image.

    Either the cells of `column` name terms (through `values` where given), or each column of `terms` stands for
    a term and its cells say whether it is `present`, `absent` or `uncertain`. With `term`, any cell of `column` that
    is not empty says that one term.
    """

    role: str
    column: str | None = None
    term: str | None = None
    values: Mapping[str, tuple[Meaning, ...]] | None = None
    separator: str | None = None
    terms: Mapping[str, str] | None = None
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    polarity: str = "present"
    who: str | None = None
    annotator: str | None = None
    confirmed_by: Cell | None = None
    value: str | None = None
    unit: str | None = None
    weight: str | None = None
    rank: int | None = None
    placeholders: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    optional: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,) if self.column else tuple(self.terms or ())

    @property
    def companions(self) -> tuple[str, ...]:
        """The further columns that it reads beside the ones that speak."""
        named = (self.value, self.weight, self.confirmed_by.column if self.confirmed_by else None)
        return tuple(name for name in named if name)


@dataclass(frozen=True)
class Join:
    """A second file whose rows say more of the images: `key` there equals `of` here."""

    file: str
    key: str
    of: str
    separator: str | None = None
    optional: bool = False
    drop: Mapping[str, str] | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class SplitFile:
    """A file that lists the rows of one split, by their key or by their position from 0."""

    file: str
    column: str
    split: str
    by: str = "key"


@dataclass(frozen=True)
class View:
    """One of the images of a row."""

    path: str
    name: str | None = None
    modality: Cell | None = None


@dataclass(frozen=True)
class ImageColumns:
    """Where a row's image is and what is recorded of it. `key` and the paths are templates: `{column}`."""

    key: str
    views: tuple[View, ...]
    patient: str | None = None
    lesion: str | None = None
    case: str | None = None
    age: str | None = None
    sex: Cell | None = None
    split: Cell | None = None


@dataclass(frozen=True)
class SourceSpec:
    """A data set: licence and citation, the files, and what their columns say."""

    name: str
    title: str
    licence: str
    citation: str
    url: str | None
    format_seen: str
    tables: tuple[TableFile, ...]
    image: ImageColumns
    captions: tuple[str, ...]
    facts: tuple[Fact, ...]
    joins: tuple[Join, ...]
    split_files: tuple[SplitFile, ...]
    placeholders: tuple[str, ...]
    root: str = "."


def load_specification(path: Path, name: str | None = None) -> SourceSpec:
    """The specification in a TOML file, named after the file unless `name` is given.

    Raises InputError where the file is no TOML, lacks an entry or has one that is not known.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid TOML: {error}") from error
    block = _Block(str(path), data)
    spec = SourceSpec(
        name=name or path.stem,
        title=block.text("title", required=True),
        licence=block.text("licence", required=True),
        citation=block.text("citation", required=True),
        url=block.text("url") or None,
        format_seen=block.text("format_seen", required=True),
        tables=tuple(_table(each) for each in block.blocks("table", required=True)),
        image=_image(block.block("image")),
        captions=block.words("captions"),
        facts=tuple(_fact(each) for each in block.blocks("fact")),
        joins=tuple(_join(each) for each in block.blocks("join")),
        split_files=tuple(_split_file(each) for each in block.blocks("split_file")),
        placeholders=block.words("placeholders"),
        root=block.text("root") or ".",
    )
    block.finish()
    named = {view.name for view in spec.image.views}
    for fact in (*spec.facts, *(fact for join in spec.joins for fact in join.facts)):
        if unknown := set(fact.views) - named:
            raise InputError(
                f"{path}: a fact of {fact.columns[0]!r} is of view {min(unknown)!r}, which is not declared"
            )
    return spec


class _Block:
    """A TOML table that is read entry by entry, so that an entry nobody asked for is an error."""

    def __init__(self, where: str, data: Mapping[str, Any]) -> None:
        self.where = where
        self._data = dict(data)
        self._asked: list[str] = []

    def take(self, name: str, kind: type, required: bool = False) -> Any:
        self._asked.append(name)
        value = self._data.pop(name, None)
        if value is None and required:
            raise InputError(f"{self.where}: {name!r} is missing")
        if value is not None and not isinstance(value, kind):
            raise InputError(f"{self.where}: {name!r} must be a {kind.__name__}, not {value!r}")
        return value

    def text(self, name: str, required: bool = False) -> str:
        return self.take(name, str, required) or ""

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, required=default is None) or default or ""
        if value not in allowed:
            raise InputError(f"{self.where}: {name!r} is {value!r}, must be one of {', '.join(allowed)}")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        self._asked.append(name)
        value = self._data.pop(name, [])
        words = value if isinstance(value, list) else [value]
        return tuple(_word(word) for word in words)

    def cell(self, name: str, allowed: tuple[str, ...] | None = None, constant: bool = True) -> Cell | None:
        """A string (a constant, or a column where `constant` is false) or a table of column and values."""
        self._asked.append(name)
        value = self._data.pop(name, None)
        if value is None:
            return None
        if isinstance(value, str):
            cell = Cell(constant=value) if constant else Cell(column=value)
        else:
            inner = _Block(f"{self.where}, {name}", value)
            values = inner.take("values", dict)
            cell = Cell(
                column=inner.text("column", required=True),
                values={_word(k): _word(v) for k, v in values.items()} if values is not None else None,
            )
            inner.finish()
        words = [cell.constant] if cell.constant else list((cell.values or {}).values())
        for word in words:
            if allowed and word not in allowed:
                raise InputError(f"{self.where}: {name!r} says {word!r}, must be one of {', '.join(allowed)}")
        return cell

    def block(self, name: str) -> "_Block":
        return _Block(f"{self.where}, {name}", self.take(name, dict, required=True))

    def blocks(self, name: str, required: bool = False) -> list["_Block"]:
        return [
            _Block(f"{self.where}, {name} {number}", each)
            for number, each in enumerate(self.take(name, list, required) or [], 1)
        ]

    def finish(self) -> None:
        """Raises InputError if an entry was not asked for, with the nearest name that would have been."""
        for name in self._data:
            near = get_close_matches(name, self._asked, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(self._asked))}"
            raise InputError(f"{self.where}: unknown entry {name!r}; {hint}")


def _word(value: Any) -> str:
    """A value as a cell would have it: TOML's `true` is `True`, as pandas writes it; matching ignores case."""
    return str(value)


def _table(block: _Block) -> TableFile:
    table = TableFile(
        file=block.text("file", required=True),
        separator=block.text("separator") or None,
        split=block.choice("split", (*SPLITS, ""), default="") or None,
    )
    block.finish()
    return table


def _image(block: _Block) -> ImageColumns:
    key = template(block.text("key", required=True))
    views = []
    for each in block.blocks("view"):
        views.append(
            View(
                path=template(each.text("path", required=True)),
                name=each.text("name", required=True),
                modality=each.cell("modality", MODALITIES),
            )
        )
        each.finish()
    if not views:
        views = [View(path=template(block.text("path") or key), modality=block.cell("modality", MODALITIES))]
    image = ImageColumns(
        key=key,
        views=tuple(views),
        patient=block.text("patient") or None,
        lesion=block.text("lesion") or None,
        case=block.text("case") or None,
        age=block.text("age") or None,
        sex=block.cell("sex", ("female", "male", "other", ""), constant=False),
        split=block.cell("split", (*SPLITS, ""), constant=False),
    )
    block.finish()
    return image


def template(text: str) -> str:
    """A template with `{column}` places; a bare column name stands for itself."""
    return text if "{" in text else f"{{{text}}}"


def _fact(block: _Block) -> Fact:
    values = block.take("values", dict)
    terms = block.take("terms", (dict, list))  # type: ignore[arg-type]
    fact = Fact(
        role=block.choice("role", ROLES),
        column=block.text("column") or None,
        term=block.text("term") or None,
        values={_word(k): _meanings(block, v) for k, v in values.items()} if values is not None else None,
        separator=block.text("separator") or None,
        terms={name: name for name in terms} if isinstance(terms, list) else terms,
        present=block.words("present"),
        absent=block.words("absent"),
        uncertain=block.words("uncertain"),
        polarity=block.choice("polarity", POLARITIES, default="present"),
        who=block.text("who") or None,
        annotator=block.text("annotator") or None,
        confirmed_by=block.cell("confirmed_by"),
        value=block.text("value") or None,
        unit=block.text("unit") or None,
        weight=block.text("weight") or None,
        rank=block.take("rank", int),
        placeholders=block.words("placeholders"),
        views=block.words("views"),
        optional=bool(block.take("optional", bool)),
    )
    block.finish()
    if (fact.column is None) == (fact.terms is None):
        raise InputError(f"{block.where}: give either 'column' or 'terms'")
    if fact.terms and not fact.present:
        raise InputError(f"{block.where}: 'terms' needs 'present', the cells that say yes")
    return fact


def _meanings(block: _Block, value: Any) -> tuple[Meaning, ...]:
    """One value's entry: a name, `""` for nothing, a table of term and polarity, or a list of these."""
    if isinstance(value, list):
        return tuple(meaning for each in value for meaning in _meanings(block, each))
    if isinstance(value, str):
        return (Meaning(value),) if value else ()
    inner = _Block(f"{block.where}, values", value)
    meaning = Meaning(inner.text("term", required=True), inner.choice("polarity", POLARITIES, default="present"))
    inner.finish()
    return (meaning,)


def _join(block: _Block) -> Join:
    join = Join(
        file=block.text("file", required=True),
        key=template(block.text("key", required=True)),
        of=template(block.text("of", required=True)),
        separator=block.text("separator") or None,
        optional=bool(block.take("optional", bool)),
        drop={name: _word(value) for name, value in (block.take("drop", dict) or {}).items()} or None,
        facts=tuple(_fact(each) for each in block.blocks("fact", required=True)),
    )
    block.finish()
    return join


def _split_file(block: _Block) -> SplitFile:
    split = SplitFile(
        file=block.text("file", required=True),
        column=block.text("column", required=True),
        split=block.choice("split", SPLITS),
        by=block.choice("by", ("key", "position"), default="key"),
    )
    block.finish()
    return split
