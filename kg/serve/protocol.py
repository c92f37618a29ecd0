"""The SPARQL 1.1 Protocol over HTTP, and the RDF of what has an IRI here."""

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

import pyoxigraph as ox
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg.errors import QueryStopped
from kg.queries import check_sparql
from kg.serve.engines import Busy
from kg.serve.guard import read_body
from kg.serve.negotiation import HTML, RESULTS, TRIPLES, choose
from kg.serve.view import View
from kg.sparql import PREFIXES

_FIELDS = 64
_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_ENTAILMENT = "http://www.w3.org/ns/entailment/"
_VOID = "http://rdfs.org/ns/void#"
_UNIQUE = {
    "application/sparql-results+json": "SPARQL_Results_JSON",
    "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV",
    "text/tab-separated-values": "SPARQL_Results_TSV",
    "text/turtle": "Turtle",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF_XML",
    "application/ld+json": "JSON-LD",
}
"""Media types by their names in the W3C's list of formats."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Asked:
    """A query as the protocol carries it."""

    query: str
    default_graphs: list[str]
    named_graphs: list[str]
    formats: list[str]  # short names or media types; one that suits the query is stronger than what is accepted


async def sparql(request: Request) -> Response:
    """`/sparql`: answers a query; without one, describes itself to programs and leads people to the query page."""
    view: View = request.app.state.view
    asked = await _asked(request, view.settings.body)
    accept = request.headers.get("accept", "*/*")
    if asked is None:
        form = choose(accept, (*TRIPLES.values(), HTML))
        if form == HTML:
            return RedirectResponse("/ask", 303)
        return _described(request, _wanted(form, accept, TRIPLES), await _default_size(request))
    query_form = check_sparql(asked.query)
    forms = RESULTS if query_form in ("SELECT", "ASK") else TRIPLES
    named = next((forms.get(name, name) for name in asked.formats if name in forms or name in forms.values()), None)
    media = named or _wanted(choose(accept, forms), accept, forms)
    message = {
        "query": asked.query,
        "format": media,
        "default_graphs": asked.default_graphs,
        "named_graphs": asked.named_graphs,
    }
    content = await while_connected(request, view.engines.sparql(message))
    return Response(content, media_type=media, headers={"Vary": "Accept"})


async def describe(request: Request, iri: str, media: str) -> Response:
    """What the graph says of a node, and what is said of those statements, as RDF."""
    view: View = request.app.state.view
    node = ox.NamedNode(iri)
    query = f"DESCRIBE {node} ?axiom WHERE {{ OPTIONAL {{ ?axiom <{PREFIXES['owl']}annotatedSource> {node} }} }}"
    content = await while_connected(request, view.engines.sparql({"query": query, "format": media}))
    return Response(content, media_type=media, headers={"Vary": "Accept"})


def wanted_form(request: Request) -> str:
    """HTML, or the form of RDF that `format` or the Accept header asks for. Raises a 406 and a 400."""
    name = request.query_params.get("format")
    if name is not None:
        if name not in TRIPLES:
            raise HTTPException(400, f"format={name}: there are {', '.join(TRIPLES)}")
        return TRIPLES[name]
    form = choose(request.headers.get("accept", "*/*"), (HTML, *TRIPLES.values()))
    if form is None:
        raise HTTPException(406, f"there are {HTML}, {', '.join(TRIPLES.values())}")
    return form


async def while_connected(request: Request, work: Awaitable[Answer]) -> Answer:
    """The outcome of the work, which is given up when the client goes away."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait([task, gone], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise HTTPException(499, "the client went away")
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _asked(request: Request, longest: int) -> Asked | None:
    fields = parse_fields(request.url.query)
    if request.method != "POST":
        return _read(fields)
    body = await read_body(request, longest)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "the request is not UTF-8") from None
    if kind == "application/sparql-query":
        if any(name == "query" for name, _ in fields):
            raise HTTPException(400, "the query is the body: not also in the address")
        return _read([*fields, ("query", text)])
    if kind == "application/x-www-form-urlencoded":
        asked = _read(parse_fields(text))
        if asked is None:
            raise HTTPException(400, "the form has no field 'query'")
        return asked
    if kind == "application/sparql-update":
        raise HTTPException(415, "this graph is only read: updates are not taken")
    raise HTTPException(415, "send application/sparql-query or application/x-www-form-urlencoded")


def parse_fields(text: str) -> list[tuple[str, str]]:
    """Names and values of a form or of the query part of an address. Raises a 400 when they cannot be read."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError as error:
        raise HTTPException(400, f"the request cannot be read: {error}") from None


def _read(fields: list[tuple[str, str]]) -> Asked | None:
    def values(name: str) -> list[str]:
        return [value for field, value in fields if field == name]

    if values("update") or values("using-graph-uri") or values("using-named-graph-uri"):
        raise HTTPException(400, "this graph is only read: updates are not taken")
    queries = values("query")
    if not queries:
        return None
    if len(queries) > 1:
        raise HTTPException(400, "one query at a time")
    graphs = values("default-graph-uri"), values("named-graph-uri")
    for iri in (*graphs[0], *graphs[1]):
        if not iri.isascii() or ":" not in iri or any(c in iri for c in '<>"{}|^`\\ \n\t\r'):
            raise HTTPException(400, f"{iri!r} is no IRI of a graph")
    return Asked(queries[0], *graphs, values("format"))


def _wanted(form: str | None, accept: str, forms: Mapping[str, str]) -> str:
    if form is None:
        raise HTTPException(406, f"Accept: {accept}: there are {', '.join(forms.values())}")
    return form


async def _default_size(request: Request) -> int | None:
    """The number of triples in the default graph, counted once; None where that takes too long or others wait."""
    view: View = request.app.state.view
    if view.default_size is None:
        message = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": RESULTS["csv"]}
        with contextlib.suppress(QueryStopped, Busy):
            told = await while_connected(request, view.engines.sparql(message))
            view.default_size = int(told.split()[1])
    return view.default_size


def _described(request: Request, media: str, size: int | None) -> Response:
    """The service description (SPARQL 1.1 Service Description). Of the features that it defines, none is true here."""
    service, dataset, default = ox.BlankNode(), ox.BlankNode(), ox.BlankNode()
    a = ox.NamedNode(f"{PREFIXES['rdf']}type")
    formats = [ox.NamedNode(_FORMATS + name) for name in _UNIQUE.values()]
    told: list[tuple[ox.BlankNode, ox.NamedNode, ox.NamedNode | ox.BlankNode | ox.Literal]] = [
        (service, a, _sd("Service")),
        (service, _sd("endpoint"), ox.NamedNode(str(request.url.replace(query="")))),
        (service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        *((service, _sd("resultFormat"), form) for form in formats),
        (service, _sd("defaultEntailmentRegime"), ox.NamedNode(f"{_ENTAILMENT}Simple")),
        (service, _sd("defaultDataset"), dataset),
        (dataset, a, _sd("Dataset")),
        (dataset, _sd("defaultGraph"), default),
        (default, a, _sd("Graph")),
    ]
    if size is not None:
        told.append((default, ox.NamedNode(f"{_VOID}triples"), ox.Literal(size)))
    content = ox.serialize(
        (ox.Triple(*each) for each in told),
        format=ox.RdfFormat.from_media_type(media),
        prefixes={"sd": _SD, "formats": _FORMATS, "void": _VOID, "entailment": _ENTAILMENT},
    )
    return Response(content, media_type=media, headers={"Vary": "Accept"})


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)
