"""The query page: an editor, the documented questions, and an answer as a table."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kg.errors import InputError, QueryStopped
from kg.property_graph import EDGES, NODES
from kg.queries import check_cypher, check_sparql
from kg.resources import ontology_folder, queries_folder
from kg.serve.answers import ROWS
from kg.serve.engines import Busy
from kg.serve.guard import read_body
from kg.serve.negotiation import RESULTS, TRIPLES
from kg.serve.protocol import parse_fields, while_connected
from kg.serve.view import View, local_path, term_path
from kg.sparql import PREFIXES

LANGUAGES = {"sparql": "SPARQL", "cypher": "Cypher"}
_SUFFIXES = {"sparql": "rq", "cypher": "cypher"}
_FORMS_OF = {"SELECT": RESULTS, "ASK": RESULTS, "CONSTRUCT": TRIPLES, "DESCRIBE": TRIPLES}
_CURIE = re.compile(r"DERM:\d{7}")


@dataclass(frozen=True)
class Question:
    """A documented question: its file's name, its words, and the query in each language that has one."""

    name: str
    words: str
    queries: dict[str, str]


@dataclass(frozen=True)
class Cell:
    """A value of an answer and, where this server shows what it names, a way there."""

    text: str
    path: str | None = None
    number: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer as a table; `more` when it has further rows."""

    columns: list[str]
    rows: list[list[Cell]]
    more: bool


@cache
def questions() -> list[Question]:
    """The documented questions, by their words; the first line of each file is a comment that says it."""
    found: dict[str, dict[str, str]] = {}
    for language, suffix in _SUFFIXES.items():
        for file in queries_folder().glob(f"*.{suffix}"):
            found.setdefault(file.stem, {})[language] = file.read_text(encoding="utf-8").strip()
    made = [
        Question(name, next(iter(texts.values())).splitlines()[0].lstrip("#/ "), texts) for name, texts in found.items()
    ]
    return sorted(made, key=lambda question: question.words)


@cache
def vocabulary_words() -> dict[str, list[str]]:
    """What the editor completes: properties and classes of the pair graph, labels and relationship types."""
    import pyoxigraph as ox

    vocabulary = ontology_folder() / "pairs.ttl"
    subjects = {quad.subject.value for quad in ox.parse(path=vocabulary) if isinstance(quad.subject, ox.NamedNode)}
    names = sorted(iri.removeprefix(PREFIXES["d1m"]) for iri in subjects if iri.startswith(PREFIXES["d1m"]))
    return {"sparql": [f"d1m:{name}" for name in names], "cypher": [f":{name}" for name in [*NODES, *EDGES]]}


async def ask(request: Request) -> Response:
    """`/ask`: the query of the address or form, with its answer or what is wrong with it."""
    view: View = request.app.state.view
    fields = dict(request.query_params)
    if request.method == "POST":
        body = await read_body(request, view.settings.body)
        fields = dict(parse_fields(body.decode("utf-8", errors="replace")))
    language = fields.get("language", "sparql")
    if language not in LANGUAGES:
        raise HTTPException(400, f"language={language}: there are {', '.join(LANGUAGES)}")
    example = next((q for q in questions() if q.name == fields.get("example")), None)
    query = fields.get("query", example.queries.get(language, "") if example else "")
    parameters = fields.get("parameters", "")
    answer, wrong, status, headers = None, "", 200, {}
    if query.strip():
        try:
            answer = await _answer(view, request, language, query, parameters)
        except QueryStopped as error:
            wrong, status = str(error), 504
        except InputError as error:
            wrong, status = str(error), 400
        except Busy:
            wrong, status, headers = "Too many queries are waiting: ask again in a moment.", 503, {"Retry-After": "2"}
    page = view.page(
        request,
        "ask.html",
        status=status,
        language=language,
        languages=LANGUAGES,
        query=query,
        parameters=parameters,
        questions=questions(),
        words=vocabulary_words(),
        example=example,
        answer=answer,
        wrong=wrong,
        downloads=_downloads(query) if answer and language == "sparql" else {},
    )
    page.headers.update(headers)
    return page


async def _answer(view: View, request: Request, language: str, query: str, parameters: str) -> Answer:
    most = view.settings.rows
    if language == "sparql":
        check_sparql(query)
        reply = await while_connected(request, view.engines.sparql({"query": query, "format": ROWS, "limit": most}))
        told = json.loads(reply)
        return Answer(told["variables"], [[_sparql_cell(cell) for cell in row] for row in told["rows"]], told["more"])
    values = _parameters(parameters)
    check_cypher(query, values)
    table = await while_connected(request, view.engines.cypher(query, values))
    shown = table.slice(0, most)
    rows = zip(*(column.to_pylist() for column in shown.columns), strict=True)
    return Answer(table.column_names, [[_cell(value) for value in row] for row in rows], len(table) > most)


def _parameters(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f'parameters: {error}: write them as JSON, such as {{"level": 2}}') from None
    if not isinstance(values, dict):
        raise InputError('parameters: write them as a JSON object, such as {"level": 2}')
    return values


def _sparql_cell(cell: dict[str, str] | None) -> Cell:
    if cell is None:
        return Cell("")
    if cell.get("kind") == "iri":
        return Cell(_shortened(cell["value"]), local_path(cell["value"]))
    kind = cell.get("datatype", "").rpartition("#")[2]
    if kind in ("integer", "decimal", "double", "float"):
        return Cell(cell["value"], number=True)
    return _cell(cell["value"])


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, str):
        return Cell(value, term_path(value) if _CURIE.fullmatch(value) else None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(f"{value:,}" if isinstance(value, int) else f"{value:g}", number=True)
    return Cell(json.dumps(value, ensure_ascii=False, default=str))


def _shortened(iri: str) -> str:
    """The IRI as a term's CURIE where it is one of ours."""
    path = local_path(iri)
    return path[1:].replace("_", ":") if path and re.fullmatch(r"/DERM_\d{7}", path) else iri


def _downloads(query: str) -> dict[str, str]:
    """Addresses of the same answer in each of its forms."""
    forms = _FORMS_OF[check_sparql(query)]
    return {name: "/sparql?" + urlencode({"query": query, "format": name}) for name in forms}
