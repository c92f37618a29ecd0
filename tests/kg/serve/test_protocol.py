"""SPARQL 1.1 Protocol: how a query comes in, in which form its answer goes out, and what is refused."""

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from kg.serve.negotiation import RESULTS, TRIPLES

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PAIRS = "SELECT (COUNT(?pair) AS ?pairs) WHERE { ?pair a d1m:Pair }"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}
SD = "http://www.w3.org/ns/sparql-service-description#"
CAPTION = "http://www.w3.org/2000/01/rdf-schema#label"


def count(content: bytes) -> int:
    return int(json.loads(content)["results"]["bindings"][0]["pairs"]["value"])


def test_the_three_ways_of_asking_have_the_same_answer(client: "TestClient") -> None:
    got = client.get("/sparql", params={"query": PAIRS})
    form = client.post("/sparql", content=urlencode({"query": PAIRS}), headers=FORM)
    direct = client.post(
        "/sparql", content=PAIRS, headers=QUERY | {"Content-Type": "application/sparql-query; charset=utf-8"}
    )
    assert got.status_code == form.status_code == direct.status_code == 200
    assert got.content == form.content == direct.content
    assert count(got.content) > 80
    assert got.headers["content-type"] == RESULTS["json"]
    assert got.headers["vary"] == "Accept"


@pytest.mark.parametrize("media", RESULTS.values())
@pytest.mark.parametrize("query", [PAIRS, "ASK { ?pair a d1m:Pair }"])
def test_select_and_ask_come_in_every_form_of_results(client: "TestClient", query: str, media: str) -> None:
    reply = client.get("/sparql", params={"query": query}, headers={"Accept": media})
    assert reply.headers["content-type"].partition(";")[0] == media
    form = ox.QueryResultsFormat.from_media_type(media)
    assert form
    if media in (RESULTS["json"], RESULTS["xml"]):
        parsed = ox.parse_query_results(reply.content, format=form)
        assert bool(parsed) if isinstance(parsed, ox.QueryBoolean) else int(next(iter(parsed))[0].value) > 80
    elif query == PAIRS:
        head, value = reply.text.split()
        assert (head.lstrip("?"), int(value) > 80) == ("pairs", True)
    else:
        assert reply.text == "true"


@pytest.mark.parametrize("media", TRIPLES.values())
@pytest.mark.parametrize(
    "query", ["DESCRIBE DERM:0001031", "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o } LIMIT 9"]
)
def test_construct_and_describe_come_in_every_form_of_triples(client: "TestClient", query: str, media: str) -> None:
    reply = client.get("/sparql", params={"query": query}, headers={"Accept": media})
    assert reply.headers["content-type"].partition(";")[0] == media
    form = ox.RdfFormat.from_media_type(media)
    assert form
    assert CAPTION in {quad.predicate.value for quad in ox.parse(reply.content, format=form)}


@pytest.mark.parametrize("name", ["csv", "text/csv"])
def test_a_form_in_the_address_is_stronger_than_what_the_browser_accepts(client: "TestClient", name: str) -> None:
    reply = client.get("/sparql", params={"query": PAIRS, "format": name}, headers={"Accept": "text/html"})
    assert reply.text.splitlines()[0] == "pairs"


def test_a_form_that_does_not_suit_the_query_is_passed_over(client: "TestClient") -> None:
    reply = client.get("/sparql", params={"query": PAIRS, "format": "turtle"}, headers={"Accept": "text/csv"})
    assert reply.headers["content-type"].startswith("text/csv")


def test_without_a_query_the_service_describes_itself(client: "TestClient") -> None:
    reply = client.get("/sparql", headers={"Accept": "text/turtle"})
    told = {
        (q.predicate.value, getattr(q.object, "value", "")) for q in ox.parse(reply.content, format=ox.RdfFormat.TURTLE)
    }
    assert (f"{SD}endpoint", "http://127.0.0.1:7878/sparql") in told
    assert (f"{SD}supportedLanguage", f"{SD}SPARQL11Query") in told
    assert (f"{SD}resultFormat", "http://www.w3.org/ns/formats/SPARQL_Results_JSON") in told
    counted = client.get("/sparql", params={"query": "SELECT (COUNT(*) AS ?pairs) { ?s ?p ?o }"})
    assert ("http://rdfs.org/ns/void#triples", str(count(counted.content))) in told


def test_a_browser_is_led_to_the_query_page(client: "TestClient") -> None:
    reply = client.get("/sparql", headers={"Accept": "text/html"})
    assert (reply.status_code, reply.headers["location"]) == (303, "/ask")


def test_the_dataset_of_the_request_is_used(client: "TestClient") -> None:
    graph = client.get("/sparql", params={"query": "SELECT ?g WHERE { GRAPH ?g { ?s d1m:depicts ?o } } LIMIT 1"})
    evidence = graph.json()["results"]["bindings"][0]["g"]["value"]
    depicts = "ASK { ?s d1m:depicts ?o }"
    everywhere = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"

    def ask(query: str, **dataset: str) -> str:
        names = {"default": "default-graph-uri", "named": "named-graph-uri"}
        fields = {"query": query, "format": "csv"} | {names[name]: iri for name, iri in dataset.items()}
        return client.get("/sparql", params=fields).text

    assert ask(depicts, default=evidence) == "true"
    assert ask(depicts, default="http://example.org/none") == "false"
    assert ask(everywhere, named=evidence).split() == ["g", evidence]
    assert ask(depicts, named=evidence) == "false"  # nothing is asked for as default graph, so that it is empty
    assert ask(everywhere, default=evidence).split() == ["g"]
    assert ask("ASK { ?s d1m:depicts ?o . GRAPH ?g { ?s d1m:depicts ?o } }", default=evidence, named=evidence) == "true"


@pytest.mark.parametrize(
    ("status", "says", "method", "fields", "headers", "body"),
    [
        (400, "SPARQL", "GET", {"query": "SELECT nonsense"}, {}, ""),
        (400, "begins with", "GET", {"query": ""}, {}, ""),
        (400, "SERVICE", "GET", {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}, {}, ""),
        (400, "LOAD", "GET", {"query": "LOAD <file:///etc/passwd>"}, {}, ""),
        (400, "INSERT", "POST", {}, QUERY, "INSERT DATA { <a:a> <a:b> <a:c> }"),
        (400, "updates", "POST", {}, FORM, "update=CLEAR+ALL"),
        (400, "updates", "GET", {"query": PAIRS, "using-graph-uri": "http://example.org/"}, {}, ""),
        (400, "one query", "POST", {}, FORM, "query=ASK%7B%7D&query=ASK%7B%7D"),
        (400, "no field", "POST", {}, FORM, "a=b"),
        (400, "not also", "POST", {"query": PAIRS}, QUERY, PAIRS),
        (400, "no IRI", "GET", {"query": PAIRS, "default-graph-uri": "a b"}, {}, ""),
        (400, "NUL", "GET", {"query": "ASK {} \0"}, {}, ""),
        (405, "Not Allowed", "PUT", {}, QUERY, PAIRS),
        (405, "Not Allowed", "DELETE", {}, {}, ""),
        (406, "application/sparql-results+json", "GET", {"query": PAIRS}, {"Accept": "image/png"}, ""),
        (406, "text/turtle", "GET", {"query": "DESCRIBE DERM:0001031"}, {"Accept": "text/csv"}, ""),
        (413, "longer than 64 KiB", "POST", {}, QUERY, "#" * 70_000),
        (415, "updates", "POST", {}, {"Content-Type": "application/sparql-update"}, "CLEAR ALL"),
        (415, "application/sparql-query", "POST", {}, {"Content-Type": "application/json"}, "{}"),
        (415, "application/sparql-query", "POST", {}, {"Content-Type": "multipart/form-data; boundary=x"}, "--x--"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(
    client: "TestClient",
    status: int,
    says: str,
    method: str,
    fields: dict[str, str],
    headers: dict[str, str],
    body: str,
) -> None:
    reply = client.request(method, "/sparql", params=fields, headers=headers, content=body)
    assert (reply.status_code, says in reply.text) == (status, True), reply.text
    assert reply.headers["content-type"].startswith("text/plain")


def test_a_body_that_is_no_utf_8_is_refused(client: "TestClient") -> None:
    assert client.post("/sparql", content=b"ASK { \xff }", headers=QUERY).status_code == 400


def test_an_answer_that_is_too_long_is_not_sent(client: "TestClient") -> None:
    reply = client.get("/sparql", params={"query": "SELECT * WHERE { ?s ?p ?o }"})
    assert reply.status_code == 504
    assert "LIMIT" in reply.text
    assert client.get("/sparql", params={"query": PAIRS}).status_code == 200


@pytest.mark.parametrize("path", ["/DERM_0001031", "/pair/room:00.jpg:caption:0", "/image/room:00.jpg", "/source/room"])
def test_what_has_an_iri_here_is_described_there(client: "TestClient", path: str) -> None:
    iri = f"https://w3id.org/derm1m{path}"
    for name, media in TRIPLES.items():
        form = ox.RdfFormat.from_media_type(media)
        assert form
        for reply in (client.get(path, headers={"Accept": media}), client.get(path, params={"format": name})):
            assert reply.headers["content-type"].partition(";")[0] == media
            assert iri in {getattr(quad.subject, "value", "") for quad in ox.parse(reply.content, format=form)}


def test_the_rdf_of_a_term_has_the_notes_on_its_statements(client: "TestClient") -> None:
    text = client.get("/DERM_0001031", headers={"Accept": "text/turtle"}).text
    assert "owl:annotatedSource DERM:0001031" in text


def test_pages_of_other_web_sites_read_answers_only_when_they_may(client: "TestClient") -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert "access-control-allow-origin" not in client.get("/sparql", params={"query": PAIRS}, headers=headers).headers
