"""A first TOML file for a data set that nobody has described yet: what can be seen, what is guessed, what is left."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import InputError
from kg.linking import KINDS
from kg.ontology import Ontology
from kg.sources.folder import Folder
from kg.sources.guess import Column, Guess, Guesser, read_column
from kg.sources.tables import read_table
from kg.wording import counted

_MOST = 20_000  # rows that are looked at


@dataclass(frozen=True)
class Draft:
    """A drafted TOML file and what was made of each column."""

    text: str
    rows: int
    guesses: tuple[Guess, ...]
    unread: int = 0  # rows that could not be read

    @property
    def understood(self) -> float:
        """The share of the columns that the draft uses, from 0 to 1."""
        used = [guess for guess in self.guesses if guess.use and guess.is_sure]
        return len(used) / len(self.guesses) if self.guesses else 0.0


def draft(path: Path, ontology: Ontology) -> Draft:
    """A draft for a table, or for a folder that holds one table or folders of images named like their classes.

    Looks at the first 20,000 rows. Raises InputError if there is neither, or several tables.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist")
    folder = Folder.walk(path if path.is_dir() else path.parent)
    guesser = Guesser(ontology)
    if path.is_dir():
        tables = [name for name in folder.tables if not name.lower().endswith(".txt")]
        if not tables:
            return _draft_folders(path, folder, guesser)
        if len(tables) > 1:
            raise InputError(
                f"{path}: {len(tables)} tables ({', '.join(tables[:5])}): point at the one with the images"
            )
        path = path / tables[0]
    table = read_table(path, None, most=_MOST)
    columns = [
        read_column(name, table.rows[name].to_pylist()) for name in table.rows.column_names if not name.startswith("\0")
    ]
    guesses = tuple(map(guesser.with_suggestions, map(guesser.guess, columns)))
    keys = _key(guesses, columns)
    head = _head(
        path.name,
        f"{path.name}: {counted(table.rows.num_rows, 'row')}, {counted(len(table.header), 'column')}",
        columns,
        guesses,
    )
    lines = [*head, "", "[[table]]", f"file = {_quoted(path.name)}", "", *_image(guesses, keys), *_facts(guesses)]
    lines += _unused(guesses)
    return Draft("\n".join(lines) + "\n", table.rows.num_rows, guesses, len(table.rejects))


def _draft_folders(path: Path, folder: Folder, guesser: Guesser) -> Draft:
    rows = folder.image_rows("*")
    if not rows.num_rows:
        raise InputError(f"{path}: neither a table nor an image")
    column = read_column("folder", rows["folder"].to_pylist())
    guess = guesser.guess(column)
    if not guess.is_fact:
        guess = guesser.as_named(column, "condition")
    guess = guesser.with_suggestions(guess)
    seen = f"folders of class names: {counted(rows.num_rows, 'image')} in {counted(len(column.cells), 'folder')}"
    lines = [*_head(path.name, seen, [column], ()), "", "[[table]]", 'images = "*"', "", "[image]", 'key = "path"']
    lines += ['# modality = "clinical"', *_facts([guess])]
    return Draft("\n".join(lines) + "\n", rows.num_rows, (guess,))


def _head(name: str, seen: str, columns: Sequence[Column], guesses: Sequence[Guess]) -> Iterator[str]:
    yield f"title = {_quoted(f'{name}: say here what it is')}"
    yield 'licence = "not stated"'
    yield 'citation = "not stated"'
    yield f"format_seen = {_quoted(seen)}"
    words = sorted({word for column in columns for word in column.placeholders})
    if words:
        yield f"placeholders = {json.dumps(words, ensure_ascii=False)}"
    captions = [guess.column for guess in guesses if guess.use == "caption"]
    if captions:
        yield "# Running text; what the sentences of a caption say becomes facts too."
        yield f"captions = {json.dumps(captions[:1], ensure_ascii=False)}"
        if captions[1:]:
            yield f"# More running text, left aside: it may repeat the first. {_listed(captions[1:])}"


def _key(guesses: Sequence[Guess], columns: Sequence[Column]) -> Guess | None:
    """The column that names the image: a path, else a name that no two rows share, else any column without repeats."""
    distinct = {column.name for column in columns if len(column.cells) == column.rows}
    for use in ("key", "path", ""):
        for guess in guesses:
            if guess.use == use and guess.column in distinct:
                return guess
    return next((guess for guess in guesses if guess.use == "path"), None)


def _image(guesses: Sequence[Guess], key: Guess | None) -> Iterator[str]:
    yield "[image]"
    if key:
        yield f"key = {_quoted(key.column)}"
    else:
        yield 'key = "NAME_THE_COLUMN"  # no column has another cell in each row'
    for use in ("path", "patient", "lesion", "case", "age"):
        named = [guess.column for guess in guesses if guess.use == use and guess is not key]
        for number, column in enumerate(named):
            yield f"{'# ' if number else ''}{use} = {_quoted(column)}"
    modality = [guess for guess in guesses if guess.use == "modality"]
    if not modality:
        yield '# modality = "clinical"  # or dermoscopic, histology, non-skin, other'
    for use in ("sex", "split", "modality"):
        for number, guess in enumerate(each for each in guesses if each.use == use):
            mark = "# " if number else ""
            yield f"{mark}{use} = {{ column = {_quoted(guess.column)}, values = {_inline(guess.values)} }}"


def _facts(guesses: Sequence[Guess]) -> Iterator[str]:
    yield from _answers([guess for guess in guesses if guess.answers])
    for guess in guesses:
        if not guess.is_fact or guess.answers:
            continue
        lines = ["[[fact]]", f'role = "{guess.use}"', f"column = {_quoted(guess.column)}"]
        lines += [f"separator = {_quoted(guess.separator)}"] if guess.separator else []
        lines += [f'cells = "{guess.cells}"'] if guess.cells else []
        lines += [f"values = {_inline(guess.values)}"] if guess.values else []
        yield ""
        yield f"# {guess.share:.0%} of the rows link." + ("" if guess.is_sure else " Too few to be sure: look at it.")
        if guess.several:
            joined = _quoted(guess.several[:80])
            yield f"# A cell such as {joined} says each of its names of the image. Where it means one of them,"
            yield f'# or all as one, give it a name: values = {{ {joined} = "NAME OF A TERM" }}'
        for cell, count, to in guess.unsure:
            yield f"# Unsure: {_quoted(cell[:80])} ({count:,}) links to {to}; say in values what is meant"
        for cell, count in guess.unlinked:
            alike = f", perhaps {_quoted(guess.suggestions[cell])}" if cell in guess.suggestions else ""
            yield f"# Not linked: {_quoted(cell[:80])} ({count:,}){alike}"
        if guess.unlinked:
            yield f'# Say what they are with values = {{ {_quoted(guess.unlinked[0][0][:80])} = "NAME OF A TERM" }}'
        yield from (lines if guess.is_sure else [f"# {line}" for line in lines])


def _answers(guesses: Sequence[Guess]) -> Iterator[str]:
    """Columns that say yes or no, one fact for each kind and way of answering."""
    for role in KINDS:
        for answers in dict.fromkeys(guess.answers for guess in guesses if guess.use == role and guess.answers):
            present, absent = answers
            columns = [guess.column for guess in guesses if guess.use == role and guess.answers == answers]
            yield from ("", "# The columns are named like terms.", "[[fact]]", f'role = "{role}"')
            yield f"terms = {json.dumps(columns, ensure_ascii=False)}"
            yield f"present = {json.dumps(list(present))}"
            yield f"absent = {json.dumps(list(absent))}" if absent else "# absent = []"
    if nameless := [guess.column for guess in guesses if not guess.use]:
        yield ""
        yield f"# Columns that say yes or no, and whose names are no terms: {_listed(nameless)}"
        yield f'# Say what they stand for with terms = {{ {_quoted(nameless[0])} = "NAME OF A TERM" }}'


def _unused(guesses: Sequence[Guess]) -> Iterator[str]:
    names = [guess.column for guess in guesses if not guess.use and not guess.answers]
    if names:
        yield ""
        yield f"# Not used: {_listed(names)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(" ".join(name.split()) for name in names)


def _inline(values: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_quoted(key)} = {_quoted(value)}" for key, value in values.items()) + " }"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
