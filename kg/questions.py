"""The documented questions: one text in SPARQL and one in Cypher, which have the same answer on every engine.

A file begins with comments: the question, then a line `$name: type = default` for each parameter. The types are `term`
(any name of a term; the query is given its identifier), `text`, `integer` and `number`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import InputError
from kg.resources import queries_folder, templates_folder

if TYPE_CHECKING:
    from kg.ontology import Ontology

LANGUAGES = {"sparql": ".rq", "cypher": ".cypher"}
"""Query language to the ending of its files."""

TYPES = ("term", "text", "integer", "number")

_COMMENT = re.compile(r"(?:#|//)\s*(?P<text>.*)")
_PARAMETER = re.compile(r"\$(?P<name>\w+)\s*:\s*(?P<type>\w+)(?:\s*=\s*(?P<default>.+))?")


@dataclass(frozen=True)
class Parameter:
    """A value that the asker chooses, in the words in which it is asked for."""

    name: str
    type: str  # one of TYPES
    default: str | None = None

    def value(self, given: object, terms: Callable[[], "Ontology"]) -> str | int | float:
        """What the query is given: of a term its CURIE. Raises InputError for a value of another type.

        Of an RDF term that is given, its value counts.
        """
        given = getattr(given, "value", given)
        if self.type == "term":
            return terms().term(str(given)).curie
        if self.type == "text":
            return str(given)
        try:
            return int(str(given)) if self.type == "integer" else float(str(given))
        except ValueError:
            raise InputError(f"${self.name}: {given!r} is no {self.type}") from None


@dataclass(frozen=True)
class Heading:
    """What the comments before a query say of it."""

    title: str
    parameters: tuple[Parameter, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Heading":
        """From the comments that a query begins with; without any, an empty title and no parameters."""
        comments = []
        for line in text.splitlines():
            if not (comment := _COMMENT.fullmatch(line.strip())):
                break
            comments.append(comment["text"].strip())
        declared = [found for comment in comments if (found := _PARAMETER.fullmatch(comment))]
        if wrong := [found for found in declared if found["type"] not in TYPES]:
            raise InputError(f"{wrong[0][0]!r}: the types of parameters are {', '.join(TYPES)}")
        titles = [comment for comment in comments if not _PARAMETER.fullmatch(comment)]
        parameters = tuple(Parameter(found["name"], found["type"], found["default"]) for found in declared)
        return cls(" ".join(titles), parameters)

    def values(self, given: Mapping[str, Any], terms: Callable[[], "Ontology"]) -> dict[str, Any]:
        """The value of each parameter: what is given, else its default; what is not declared passes as it is.

        `terms` is asked for the ontology only where a term is. Raises InputError for a value that is missing or wrong.
        """
        declared = {parameter.name for parameter in self.parameters}
        values = {name: value for name, value in given.items() if name not in declared}
        for parameter in self.parameters:
            chosen = given.get(parameter.name, parameter.default)
            if chosen is None:
                raise InputError(f"${parameter.name} ({parameter.type}) needs a value: --param {parameter.name}=…")
            values[parameter.name] = parameter.value(chosen, terms)
        return values


@dataclass(frozen=True)
class Question:
    """A documented question. `heading.title` says it in English."""

    name: str
    heading: Heading
    sparql: str
    cypher: str


def read_questions(folder: Path | None = None) -> list[Question]:
    """The questions of a folder, by default those of the documentation, by name.

    Raises InputError when a question is not there in both languages, or when its two headings differ.
    """
    place = folder or queries_folder()
    return [_read_question(place, name) for name in _names(place.iterdir())]


def find_question(name: str) -> Question:
    """The documented question of this name. Raises InputError with those that are called alike."""
    folder = queries_folder()
    names = _names(folder.iterdir())
    if name not in names:
        alike = get_close_matches(name, names, 3, 0.4)
        hint = f": did you mean {', '.join(alike)}?" if alike else ": `questions` lists them"
        raise InputError(f"there is no question '{name}'{hint}")
    return _read_question(folder, name)


def describe(questions: Sequence[Question]) -> str:
    """The page that lists the questions (Markdown)."""
    from jinja2 import StrictUndefined, Template

    text = (templates_folder() / "questions.md").read_text(encoding="utf-8")
    page: str = Template(text, undefined=StrictUndefined, keep_trailing_newline=True).render(questions=questions)
    return page


def _names(files: Iterable[Path]) -> list[str]:
    return sorted({file.stem for file in files if file.suffix in LANGUAGES.values()})


def _read_question(folder: Path, name: str) -> Question:
    texts = {}
    for language, suffix in LANGUAGES.items():
        file = folder / f"{name}{suffix}"
        try:
            texts[language] = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise InputError(f"{file} is missing: a question is asked in both languages") from None
    sparql, cypher = (Heading.read(text) for text in texts.values())
    if sparql != cypher:
        raise InputError(f"{folder / name}: the comments at the beginning differ between the two languages")
    return Question(name, sparql, **texts)
