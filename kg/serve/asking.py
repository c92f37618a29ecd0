"""The query page: an editor, the documented questions, and an answer as a table."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kg.errors import InputError, QueryStopped
from kg.property_graph import EDGES, NODES
from kg.queries import bind_sparql, check_cypher, check_sparql
from kg.questions import Heading, Question, read_questions
from kg.resources import ontology_folder
from kg.serve.answers import ROWS
from kg.serve.cells import TABLES, Answer, read_rows, read_table, write_table
from kg.serve.engines import Busy
from kg.serve.guard import read_body
from kg.serve.negotiation import RESULTS, TRIPLES
from kg.serve.protocol import parse_fields, while_connected
from kg.serve.settings import RETRY
from kg.serve.view import View
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    import pyarrow as pa

LANGUAGES = {"sparql": "SPARQL", "cypher": "Cypher"}
_FORMS_OF = {"SELECT": RESULTS, "ASK": RESULTS, "CONSTRUCT": TRIPLES, "DESCRIBE": TRIPLES}


@dataclass(frozen=True)
class Theme:
    """Documented questions that are about one thing, by their words."""

    title: str
    questions: list[Question]


@cache
def themes() -> list[Theme]:
    """The documented questions by the themes of `themes.toml`."""
    rest = {question.name: question for question in read_questions()}
    found = [
        Theme(theme["title"], [rest.pop(name) for name in theme["questions"] if name in rest])
        for theme in _told()["theme"]
    ]
    return [theme for theme in (*found, Theme("Other questions", list(rest.values()))) if theme.questions]


@cache
def beginning() -> Question:
    """What stands in the editor before anything is asked."""
    texts = {name: text.lstrip() for name, text in _told()["beginning"].items()}
    return Question("", Heading.read(texts["sparql"]), **texts)


def _told() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))


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
    named = (question for theme in themes() for question in theme.questions)
    example = next((question for question in named if question.name == fields.get("example")), beginning())
    query = _in_language(language, fields.get("query", getattr(example, language)), example)
    given = {name[1:]: value for name, value in fields.items() if name.startswith("$") and value.strip()}
    answer, wrong, status, headers, downloads = None, "", 200, {}, {}
    if query.strip() and ("query" in fields or example.name):
        try:
            values = Heading.read(query).values(given, lambda: view.ontology)
            if language == "sparql":
                bound = bind_sparql(query, values)
                answer = await _ask_sparql(view, request, bound)
                downloads = _downloads(bound)
            else:
                table = await _ask_cypher(view, request, query, values)
                if (form := fields.get("format")) in TABLES:
                    return Response(write_table(table, form), media_type=TABLES[form])
                answer = read_table(table, view.settings.rows)
                again = {"language": language, "query": query} | {f"${name}": value for name, value in given.items()}
                downloads = {form: "/ask?" + urlencode(again | {"format": form}) for form in TABLES}
        except QueryStopped as error:
            wrong, status = str(error), 504
        except InputError as error:
            wrong, status = str(error), 400
        except Busy:
            wrong, status, headers = "Too many queries are waiting: ask again in a moment.", 503, {"Retry-After": RETRY}
    page = view.page(
        request,
        "ask.html",
        status=status,
        language=language,
        languages=LANGUAGES,
        query=query,
        heading=_heading(query),
        given=given,
        themes=themes(),
        words=vocabulary_words(),
        example=example,
        texts={name: getattr(example, name) for name in LANGUAGES},
        answer=answer,
        wrong=wrong,
        downloads=downloads,
    )
    page.headers.update(headers)
    return page


def _in_language(language: str, query: str, example: Question) -> str:
    """The query; where it is the example as it stands in another language, the example in this one."""
    written = query.replace("\r\n", "\n").strip()
    others = [getattr(example, name).strip() for name in LANGUAGES if name != language]
    return str(getattr(example, language)) if written in others else query


async def _ask_sparql(view: View, request: Request, query: str) -> Answer:
    check_sparql(query)
    message = {"query": query, "format": ROWS, "limit": view.settings.rows}
    return read_rows(await while_connected(request, view.engines.sparql(message)))


async def _ask_cypher(view: View, request: Request, query: str, parameters: dict[str, Any]) -> "pa.Table":
    check_cypher(query, parameters)
    return await while_connected(request, view.engines.cypher(query, parameters))


def _heading(query: str) -> Heading:
    """What the comments before the query declare; nothing while they are being written."""
    try:
        return Heading.read(query)
    except InputError:
        return Heading("")


def _downloads(query: str) -> dict[str, str]:
    """Addresses of the same answer in each of its forms."""
    forms = _FORMS_OF[check_sparql(query)]
    return {name: "/sparql?" + urlencode({"query": query, "format": name}) for name in forms}
