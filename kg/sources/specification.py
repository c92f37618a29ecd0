"""What a source is: where its tables are and what each column says. `docs/sources.md` describes the TOML format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

ROLES = ("condition", "finding", "artifact", "symptom", "site", "tone", "history")
POLARITIES = ("present", "absent", "uncertain", "historical")
MODALITIES = ("clinical", "dermoscopic", "histology", "non-skin", "other")
SPLITS = ("train", "val", "test")
SEXES = ("female", "male", "other")
CELLS = ("list", "weights")

PATH, STEM, FOLDER, ABOVE = "path", "stem", "folder", "above"
"""The columns of a table whose rows are image files: path below the root, stem, its folder, and the one above."""


@dataclass(frozen=True)
class TableFile:
    """A file of rows, one an image, found anywhere below the given folder; or the image files themselves as rows.

    `file` is a name or a pattern. `images` in its place is a pattern of the images' paths below the root: each row
    then has the columns `path`, `stem`, `folder` and `above`. `header` is the line of the header, from 1.
    """

    file: str = ""
    images: str = ""
    separator: str | None = None
    header: int = 1
    sheet: str | None = None
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

    `cells` is *list* where a cell is written as a list of names, *weights* where it is a table of names and their
    weights; a name of at least the weight `certain` then holds as `polarity` says, the others are *uncertain*.
    """

    role: str
    column: str | None = None
    term: str | None = None
    values: Mapping[str, tuple[Meaning, ...]] | None = None
    separator: str | None = None
    cells: str | None = None
    certain: float | None = None
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
    """A second file whose rows say more of the images: `key` there equals `of` here.

    `columns` of it are used as if they stood in the table; `facts` are said by the file itself. A file that others have
    published has a `title`, `licence` and `citation` of its own, which hold beside the source's where it is read.
    """

    file: str
    key: str
    of: str
    separator: str | None = None
    header: int = 1
    sheet: str | None = None
    optional: bool = False
    drop: Mapping[str, str] | None = None
    columns: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    title: str | None = None
    licence: str | None = None
    citation: str | None = None


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
    """Where a row's image is and what is recorded of it.

    `key`, the paths and the group keys are templates: `{column}`. `prefix` is cut from the front of key and paths.
    Columns named in `optional` are empty where a release lacks them. Sources of one `namespace` give the same names to
    the same images, lesions and patients.
    """

    key: str
    views: tuple[View, ...]
    prefix: str = ""
    patient: str | None = None
    lesion: str | None = None
    case: str | None = None
    age: Cell | None = None
    sex: Cell | None = None
    split: Cell | None = None
    optional: tuple[str, ...] = ()
    namespace: str | None = None


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
    sha256: str = field(default="", repr=False)  # of the TOML file; what depends on the specification goes by the rest

    @property
    def all_facts(self) -> Iterator[Fact]:
        """The facts of the tables and those of the joined files."""
        yield from self.facts
        for join in self.joins:
            yield from join.facts
