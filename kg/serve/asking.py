"""The query page: an editor, the documented questions, and an answer as a table."""

from functools import cache
from typing import Any
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
from kg.serve.cells import Answer, cell_of, read_rows
from kg.serve.engines import Busy
from kg.serve.guard import read_body
from kg.serve.negotiation import RESULTS, TRIPLES
from kg.serve.protocol import parse_fields, while_connected
from kg.serve.settings import RETRY
from kg.serve.view import View
from kg.sparql import PREFIXES

LANGUAGES = {"sparql": "SPARQL", "cypher": "Cypher"}
_FORMS_OF = {"SELECT": RESULTS, "ASK": RESULTS, "CONSTRUCT": TRIPLES, "DESCRIBE": TRIPLES}


@cache
def questions() -> list[Question]:
    """The documented questions, by their words."""
    return sorted(read_questions(), key=lambda question: question.heading.title)


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
    query = fields.get("query", getattr(example, language) if example else "")
    given = {name[1:]: value for name, value in fields.items() if name.startswith("$") and value.strip()}
    heading = _heading(query)
    answer, wrong, status, headers, downloads = None, "", 200, {}, {}
    if query.strip():
        try:
            values = Heading.read(query).values(given, lambda: view.ontology)
            if language == "sparql":
                bound = bind_sparql(query, values)
                answer = await _ask_sparql(view, request, bound)
                downloads = _downloads(bound)
            else:
                answer = await _ask_cypher(view, request, query, values)
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
        heading=heading,
        given=given,
        questions=questions(),
        words=vocabulary_words(),
        example=example,
        answer=answer,
        wrong=wrong,
        downloads=downloads,
    )
    page.headers.update(headers)
    return page


async def _ask_sparql(view: View, request: Request, query: str) -> Answer:
    check_sparql(query)
    message = {"query": query, "format": ROWS, "limit": view.settings.rows}
    return read_rows(await while_connected(request, view.engines.sparql(message)))


async def _ask_cypher(view: View, request: Request, query: str, parameters: dict[str, Any]) -> Answer:
    check_cypher(query, parameters)
    table = await while_connected(request, view.engines.cypher(query, parameters))
    shown = table.slice(0, view.settings.rows)
    rows = zip(*(column.to_pylist() for column in shown.columns), strict=True)
    return Answer(table.column_names, [[cell_of(value) for value in row] for row in rows], len(table) > len(shown))


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
