"""What has an IRI and no page of its own kind: properties, roots, kinds of cell, evidence, counts. Its statements."""

from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kg.quads import BASE, node_iri
from kg.serve.answers import ROWS
from kg.serve.cells import Answer, read_rows
from kg.serve.negotiation import HTML, TRIPLES
from kg.serve.protocol import describe, wanted_form, while_connected
from kg.serve.view import View

_LABEL = "SELECT ?label { <%s> rdfs:label ?label }"
_SAID = """SELECT ?property ?propertyLabel ?value ?valueLabel {
    <%s> ?property ?value
    OPTIONAL { ?property rdfs:label ?propertyLabel } OPTIONAL { ?value rdfs:label ?valueLabel }
} ORDER BY ?property ?value"""
_WITHIN = """SELECT ?image ?property ?propertyLabel ?value ?valueLabel {
    GRAPH <%s> { ?image ?property ?value }
    OPTIONAL { ?property rdfs:label ?propertyLabel } OPTIONAL { ?value rdfs:label ?valueLabel }
}"""
_NAMED = """SELECT ?node ?nodeLabel ?property ?propertyLabel {
    ?node ?property <%s> FILTER(isIRI(?node))
    OPTIONAL { ?node rdfs:label ?nodeLabel } OPTIONAL { ?property rdfs:label ?propertyLabel }
}"""
_MOST = 200
"""Statements in a list."""


async def evidence(request: Request) -> Response:
    """`/evidence/…`: where facts come from, and the facts."""
    return await show(request, node_iri("evidence", request.path_params["identifier"]))


async def count(request: Request) -> Response:
    """`/count/…`: how many images two things have together."""
    return await show(request, node_iri("count", request.path_params["identifier"]))


async def ontology(request: Request) -> Response:
    """`/derm1m.owl`: what the ontology says of itself."""
    return await show(request, f"{BASE}derm1m.owl")


async def show(request: Request, iri: str) -> Response:
    """What the graph says of the IRI, as a page or as RDF. Raises a 404 where it says nothing."""
    view: View = request.app.state.view
    said = await _ask(request, _SAID % iri)
    if not said.rows:
        raise HTTPException(404, f"the graph says nothing of {iri}")
    media = wanted_form(request)
    if media != HTML:
        return await describe(request, iri, media)
    label = await _ask(request, _LABEL % iri)
    return view.page(
        request,
        "node.html",
        iri=iri,
        title=label.rows[0][0].text if label.rows else iri.removeprefix(BASE).replace("/", " "),
        tables={
            "What is said of it": _labelled(said),
            "Facts on this evidence": _labelled(await _ask(request, _WITHIN % iri)),
            "Where it is named": _labelled(await _ask(request, _NAMED % iri)),
        },
        forms=TRIPLES,
    )


async def _ask(request: Request, query: str) -> Answer:
    view: View = request.app.state.view
    message = {"query": query, "format": ROWS, "limit": _MOST}
    return read_rows(await while_connected(request, view.engines.sparql(message)))


def _labelled(answer: Answer) -> Answer:
    """The answer with labels in the place of what they name."""
    columns = [name for name in answer.columns if not name.endswith("Label")]
    rows = []
    for row in answer.rows:
        cells = dict(zip(answer.columns, row, strict=True))
        labels = {name: cells[f"{name}Label"].text for name in columns if f"{name}Label" in cells}
        rows.append(
            [replace(cells[name], text=labels.get(name) or cells[name].text.removeprefix(BASE)) for name in columns]
        )
    return Answer(columns, rows, answer.more)
