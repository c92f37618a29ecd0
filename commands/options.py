"""Options that several commands share, and how their text becomes values."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg.errors import InputError

if TYPE_CHECKING:
    from pyoxigraph import NamedNode

    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

GraphPath = Annotated[Path, typer.Option("--kg", help="Folder of the graph, as `build --out` wrote it.")]
GraphPlace = Annotated[
    str,
    typer.Option(
        "--kg",
        metavar="PLACE",
        help="Folder of the graph, or a server: bolt://HOST (Cypher; NEO4J_USER, NEO4J_PASSWORD and NEO4J_DATABASE "
        "from the environment) or http://HOST/sparql (SPARQL).",
    ),
]
OntologyPath = Annotated[
    Path | None, typer.Option("--ontology", help="Another ontology file than the one that comes with the package.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text, for programs.")]


def load_ontology(path: Path | None) -> "Ontology":
    from kg.ontology import Ontology

    return Ontology.load(path)


def open_graph(place: Path | str) -> "KnowledgeGraph":
    from kg.graph import KnowledgeGraph

    return KnowledgeGraph.open(place)


def named_paths(options: Iterable[str]) -> list[tuple[str, Path]]:
    named = []
    for option in options:
        name, separator, path = option.partition("=")
        if not (name and separator and path):
            raise InputError(f"--source {option!r}: write it as NAME=PATH, e.g. ham10000=data/ham10000")
        named.append((name, Path(path)))
    return named


_LITERAL = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")(?:@(?P<language>[A-Za-z]+(?:-[A-Za-z0-9]+)*)|\^\^(?P<type>\S+))', re.DOTALL
)


def parse_parameters(options: Iterable[str]) -> dict[str, Any]:
    """Values by name: `<…>` is an IRI, `"…"@en` and `"…"^^xsd:date` literals, JSON what it says, all else text."""
    parameters: dict[str, Any] = {}
    for option in options:
        name, separator, value = option.partition("=")
        if not (name and separator):
            raise InputError(f"--param {option!r}: write it as NAME=VALUE, e.g. level=2 or term=psoriasis")
        if value.startswith("<") and value.endswith(">"):
            parameters[name] = _parse_iri(value[1:-1], option)
            continue
        if literal := _LITERAL.fullmatch(value):
            parameters[name] = _parse_literal(literal, option)
            continue
        try:
            parameters[name] = json.loads(value)
        except json.JSONDecodeError:
            parameters[name] = value
    return parameters


def _parse_literal(found: re.Match[str], option: str) -> object:
    from pyoxigraph import Literal

    from kg.sparql import PREFIXES

    try:
        text = json.loads(found["text"], strict=False)
        if found["language"]:
            return Literal(text, language=found["language"])
    except ValueError as error:
        raise InputError(f"--param {option}: {error}") from error
    prefix, _, local = found["type"].partition(":")
    iri = found["type"][1:-1] if found["type"].startswith("<") else f"{PREFIXES.get(prefix, '')}{local}"
    return Literal(text, datatype=_parse_iri(iri, option))


def _parse_iri(text: str, option: str) -> "NamedNode":
    from pyoxigraph import NamedNode

    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"--param {option}: {error}") from error


def choose_query(text: str | None, file: Path | None) -> str:
    if text is not None and file is None:
        return text
    if file is not None and text is None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"--file {file}: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from error
    raise InputError("give the query either as an argument or with --file, not both and not neither")


def parse_integer(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{option}: {text!r} is no whole number") from None


def require_extra(extra: str, *modules: str) -> None:
    from importlib.util import find_spec

    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise InputError(f"this command needs {', '.join(missing)}: pip install 'derm1m[{extra}]'")
