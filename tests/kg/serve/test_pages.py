"""What the pages show, and that nothing of the data is ever read as markup."""

import asyncio
import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.questions import read_questions
from kg.serve import asking
from kg.serve.asking import themes
from kg.serve.rows import Rows
from tests.kg.serve.showroom import ABSENT, BOMB, HOSTILE, HOSTILE_NAME, LINKED, TEXT

if TYPE_CHECKING:
    from httpx2 import Response
    from starlette.testclient import TestClient

    from kg.graph import KnowledgeGraph
    from kg.ontology import Ontology

HTML = {"Accept": "text/html"}
START = ["/", "/terms", "/terms/site", "/pairs", "/ask", "/statistics", "/search?q=psorias", "/DERM_0001031"]


class Page(HTMLParser):
    """The elements, addresses and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += " "
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def addresses(self) -> set[str]:
        return {a[name] for _, a in self.elements for name in ("href", "src", "action", "data-show") if name in a}


def get(client: "TestClient", path: str, **fields: str) -> Page:
    reply = client.get(path, params=fields, headers=HTML) if fields else client.get(path, headers=HTML)
    assert reply.status_code == 200, reply.text
    return Page(reply.text)


def pair_path(name: str, kind: str = "caption") -> str:
    from kg.serve.view import node_path

    return node_path("pair", f"room:{name}:{kind}:0")


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(client: "TestClient") -> None:
    pages = [get(client, path) for path in [*START, pair_path("00.jpg")]]
    local = {address.partition("#")[0] for page in pages for address in page.addresses if address.startswith("/")}
    assert {attributes["rel"] for page in pages for attributes in page.all("a") if ":" in attributes["href"]
            and not attributes["href"].startswith("/")} <= {"external noreferrer"}  # fmt: skip
    loaded = {a["src"] for page in pages for tag in ("img", "script") for a in page.all(tag) if "src" in a}
    loaded |= {a["href"] for page in pages for a in page.all("link")}
    assert all(address.startswith(("/", "?")) for address in loaded)
    terms = sorted(path for path in local if re.fullmatch(r"/DERM_\d+", path))
    others = sorted(path for path in local - set(terms) if not path.startswith(("/sparql", "/ask?")))
    for path in [*terms[::60], *others[::3]]:
        if not any(name in unescape(path) for name in (BOMB, TEXT, LINKED, ABSENT)):
            assert client.get(path, headers=HTML).status_code in (200, 303), path


@pytest.mark.parametrize("path", START)
def test_every_page_has_a_title_one_heading_and_labelled_fields(client: "TestClient", path: str) -> None:
    page = get(client, path)
    assert len(page.all("h1")) == 1
    assert page.all("html") == [{"lang": "en"}]
    labelled = {attributes.get("for") for attributes in page.all("label")}
    for tag in ("input", "select", "textarea"):
        for field in page.all(tag):
            assert field.get("id") in labelled or field.get("type") in ("checkbox", "radio")
    assert all("alt" in image for image in page.all("img"))
    assert not any(name.startswith("on") or name == "style" for _, a in page.elements for name in a)


def test_the_tree_has_every_term_once_with_its_images(client: "TestClient", ontology: "Ontology") -> None:
    page = get(client, "/terms")
    listed = [a["href"] for a in page.all("a") if a["href"].startswith("/DERM_")]
    assert sorted(listed) == sorted(f"/{t.curie.replace(':', '_')}" for t in ontology.terms("disease"))
    assert re.search(r"papulosquamous and lichenoid disorders\s*6\b", page.text)  # five visits and the hostile one


def test_the_page_of_a_term_says_what_the_ontology_says(client: "TestClient", ontology: "Ontology") -> None:
    term = ontology.term("plaque psoriasis")
    page = get(client, "/DERM_0001031")
    assert term.definition is not None
    assert term.definition in page.text
    for known in ontology.knowledge(term):
        assert f"/{known.term.curie.replace(':', '_')}" in page.addresses
    for synonym in term.synonyms:
        assert synonym.text in page.text
    for word in ("Level 4: plaque psoriasis", "Level 1: inflammatory dermatoses", "an image of plaque psoriasis"):
        assert word in page.text
    assert "http://purl.bioontology.org/ontology/ICD10CM/L40.0" in page.addresses
    assert any(a.startswith("/picture/room:") for a in page.addresses)


def test_a_defined_class_shows_its_members_and_a_term_what_is_inferred(client: "TestClient") -> None:
    melanoma = client.get("/search", params={"q": "nodular melanoma"}, headers=HTML).headers["location"]
    page = get(client, melanoma)
    assert "As a reasoner finds" in page.text
    assert "/DERM_0009045" in page.addresses
    assert melanoma in get(client, "/DERM_0009045").addresses


def test_a_search_lists_names_and_goes_to_the_one_that_is_meant(client: "TestClient") -> None:
    assert (
        client.get("/search", params={"q": "Psoriasis-vulgaris"}, headers=HTML).headers["location"] == "/DERM_0001031"
    )
    assert client.get("/search", params={"q": "derm:0001031"}, headers=HTML).headers["location"] == "/DERM_0001031"
    assert "/DERM_0001031" in get(client, "/search", q="plaque psor").addresses
    assert "No term has a name" in get(client, "/search", q="<script>alert(1)</script>").text


def test_the_editor_is_offered_terms_by_any_name(client: "TestClient") -> None:
    offered = client.get("/complete", params={"q": "psoriasis vulg"}).json()
    assert offered[0] == {
        "id": "DERM:0001031", "label": "plaque psoriasis", "name": "psoriasis vulgaris", "kind": "disease"
    }  # fmt: skip


def cards(page: Page) -> list[str]:
    return [a["src"].partition("?")[0].rpartition(":")[2] for a in page.all("img")]


def test_the_gallery_is_split_into_pages(client: "TestClient") -> None:
    first, second = get(client, "/pairs"), get(client, "/pairs", page="2")
    assert "29 images" in first.text
    assert "page 1 of 2" in first.text
    assert len(cards(first)) == 24
    assert not set(cards(first)) & set(cards(second))
    assert "page 2 of 2" in get(client, "/pairs", page="999").text


@pytest.mark.parametrize(
    ("fields", "images"),
    [
        ({"disease": "psoriasis"}, 6),
        ({"disease": "DERM:0001031"}, 6),
        ({"disease": "plaque psoriasis; rosacea"}, 11),
        ({"disease": "plaque psoriasis", "site": "upper limb", "tone": "Fitzpatrick skin type V"}, 5),
        ({"concept": "plaque"}, 6),
        ({"text_kind": "caption"}, 25),
        ({"source": "room", "modality": "clinical"}, 29),
        ({"disease": "plaque psoriasis", "site": "back"}, 0),
        ({"file": "1"}, 28),
    ],
)
def test_filters_narrow_the_gallery(client: "TestClient", fields: dict[str, str], images: int) -> None:
    page = get(client, "/pairs", **fields)
    assert (f"{images} images" if images else "No pair has all of this") in page.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"disease": "psoriasus"}, "did you mean psoriasis"),
        ({"site": "melanoma"}, "it is no site"),
        ({"source": "zzz"}, "this graph has no source 'zzz'"),
        ({"modality": "x-ray"}, "this graph has no modality 'x-ray'"),
        ({"text_kind": "sonnet"}, "this graph has no text kind 'sonnet'"),
    ],
)
def test_a_filter_that_is_not_understood_is_explained(client: "TestClient", fields: dict[str, str], says: str) -> None:
    reply = client.get("/pairs", params=fields, headers=HTML)
    assert reply.status_code == 400
    assert says in Page(reply.text).text


def test_a_pair_shows_its_facts_and_where_each_comes_from(client: "TestClient") -> None:
    page = get(client, pair_path("00.jpg"))
    assert "A scaly plaque on the elbow" in page.text
    marked = re.findall(r"<mark[^>]*>([^<]*)</mark>", client.get(pair_path("00.jpg"), headers=HTML).text)
    assert {"plaque", "elbow", "Plaque psoriasis"} <= set(marked)
    assert re.search(r"at site elbow site 0–5 “elbow” label .*note 22–27 “ ?elbow ?” label", page.text)
    assert re.search(r"has skin tone Fitzpatrick skin type V tone .*annotator one", page.text)
    assert "61 years" in page.text


def test_what_is_said_to_be_absent_or_is_in_doubt_looks_other_than_what_is_there(client: "TestClient") -> None:
    html = client.get(pair_path("04.jpg"), headers=HTML).text
    looks = {text: look for look, text in re.findall(r'<mark class="(\w+)"[^>]*>([^<]*)<', html)}
    assert (looks["papule"], looks["ulcer"], looks["scar"]) == ("present", "denied", "doubted")
    page = get(client, pair_path("04.jpg"))
    assert re.search(r"No +ulcer +\(said to be absent\)", page.text)
    assert re.search(r"said to be there +in doubt +said to be absent", page.text)  # the legend
    assert "said to be" not in get(client, pair_path("00.jpg")).text


def test_only_spans_of_this_text_are_marked(client: "TestClient") -> None:
    assert not get(client, pair_path("00.jpg", "ontology")).all("mark")


def test_markup_in_captions_names_and_files_is_shown_and_does_nothing(
    client: "TestClient", showroom: "KnowledgeGraph"
) -> None:
    paths = ["/pairs?page=2", "/pairs?disease=plaque+psoriasis", pair_path(HOSTILE_NAME), "/DERM_0001031"]
    for path in paths:
        reply = client.get(path, headers=HTML)
        page = Page(reply.text)
        assert [a.get("src") for a in page.all("script")] == ["/static/site.js"], path
        assert not any(a.get("src") == "x" for a in page.all("img")), path
        assert not any("onload" in a or "onerror" in a for _, a in page.elements), path
        assert "alert(1)>" not in re.sub(r'"[^"]*"', "", reply.text), path
    shown = get(client, pair_path(HOSTILE_NAME)).text
    assert " ".join(HOSTILE.split()) in shown
    assert f"room:{HOSTILE_NAME}" in shown


@pytest.mark.parametrize(
    "hostile", ['"><script>alert(1)</script>', "'-alert(1)-'", "{{ 7 * 7 }}", "javascript:alert(1)"]
)
@pytest.mark.parametrize(
    "path",
    ["/pairs?disease={}", "/pairs?tone={}", "/pairs?source={}", "/pairs?page={}", "/search?q={}", "/ask?query={}",
     "/ask?language={}", "/terms/{}", "/DERM_{}", "/pair/{}", "/picture/room:00.jpg?size={}", "/source/{}",
     "/DERM_0001031?format={}", "/ask?%24x={}&query=%23+%24x%3A+text%0AASK%7B%7D"],
)  # fmt: skip
def test_what_a_link_says_is_never_markup(client: "TestClient", path: str, hostile: str) -> None:
    from urllib.parse import quote

    page = Page(client.get(path.format(quote(hostile, safe="")), headers=HTML).text)
    assert {a.get("src") for a in page.all("script")} <= {"/static/site.js", "/static/editor.js"}
    assert not any(address.startswith("javascript:") for address in page.addresses)


def test_markup_in_an_answer_is_text(client: "TestClient") -> None:
    values = "'<script>alert(1)</script>' <javascript:alert(1)> <https://w3id.org/derm1m/DERM_0001031>"
    query = f"SELECT ?t WHERE {{ VALUES ?t {{ {values} }} }}"
    page = ask(client, query)
    assert "<script>alert(1)</script>" in page.text
    assert [a["href"] for a in page.all("a") if "alert" in a["href"] and not a["href"].startswith("/sparql?")] == []
    assert "/DERM_0001031" in page.addresses


def post(client: "TestClient", query: str, language: str = "sparql", **fields: str) -> "Response":
    return client.post("/ask", data={"language": language, "query": query, **fields}, headers=HTML)


def ask(client: "TestClient", query: str, language: str = "sparql", **fields: str) -> Page:
    reply = post(client, query, language, **fields)
    assert reply.status_code == 200, reply.text
    return Page(reply.text)


def test_a_query_is_answered_as_a_table(client: "TestClient") -> None:
    sparql = ask(client, "SELECT ?id WHERE { ?s d1m:level 1 ; dcterms:identifier ?id } ORDER BY ?id")
    cypher = ask(client, "MATCH (d:Disease) WHERE d.level = 1 RETURN d.id AS id ORDER BY id", "cypher")
    rows = [re.findall(r"DERM:\d{7}", page.text.partition("Answer")[2]) for page in (sparql, cypher)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 12
    assert "12 rows" in sparql.text
    assert {"/DERM_0000101"} <= sparql.addresses & cypher.addresses


def test_a_long_answer_is_shown_in_part_and_offered_whole(client: "TestClient") -> None:
    page = ask(client, "SELECT ?s WHERE { ?s rdfs:label ?l }")
    assert "The first 1,000 rows are shown" in page.text
    (csv,) = [a["href"] for a in page.all("a") if a.get("download") == "answer.csv"]
    assert len(client.get(csv).text.splitlines()) > 1500


def test_a_parameter_is_taken_from_its_field_else_from_the_query_itself(client: "TestClient") -> None:
    question = (
        "# Label of a term\n# $term: term = psoriasis\nSELECT ?l WHERE { ?s dcterms:identifier $term ; rdfs:label ?l }"
    )
    assert "psoriasis" in ask(client, question).text.partition("Answer")[2]
    assert "rosacea" in ask(client, question, **{"$term": "rosacea"}).text.partition("Answer")[2]


@pytest.mark.parametrize(
    ("language", "query", "says"),
    [
        ("sparql", "INSERT DATA { <a:a> <a:b> <a:c> }", "INSERT"),
        ("sparql", "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("cypher", "CREATE (p:Pair {id: 'x'})", "begins with"),
        ("cypher", "MATCH (p:Pair) SET p.text = ''", "SET"),
        ("cypher", "LOAD FROM '/etc/passwd' RETURN *", "begins with"),
        ("cypher", "UNWIND [1] AS x LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", "LOAD"),
        ("cypher", "COPY (MATCH (p:Pair) RETURN p) TO '/tmp/stolen.csv'", "begins with"),
        ("cypher", "MATCH (p:Pair) RETURN p; MATCH (p:Pair) RETURN p", "one statement"),
        ("cypher", "MATCH (p:Pair) RETURN p.nothing", "nothing"),
        ("cypher", "MATCH (p:Pair) WHERE p.id = $id RETURN p", "id"),
    ],
)
def test_a_query_that_does_more_than_read_is_refused(
    client: "TestClient", language: str, query: str, says: str
) -> None:
    reply = post(client, query, language)
    assert reply.status_code == 400
    (alert,) = re.findall(r'role="alert">(.*?)</p>', reply.text, re.DOTALL)
    assert says in alert


def test_the_statistics_have_a_bar_for_each_group_with_images(client: "TestClient") -> None:
    page = get(client, "/statistics")
    assert "inflammatory dermatoses, 6 images" in {a.get("aria-label") for a in page.all("a")}
    assert re.search(r"room 29 25 29 29 CC0", page.text)


def test_the_list_beside_the_plot_has_every_term_with_images(client: "TestClient", showroom: "KnowledgeGraph") -> None:
    from kg.counts import of_terms

    listed = get(client, "/statistics").addresses
    terms = showroom.terms()
    counted = zip(terms.to_pylist(), of_terms(showroom.counts(), terms)["images"].to_pylist(), strict=True)
    shown = [f"/{term['term'].replace(':', '_')}" for term, images in counted if term["level"] and images]
    assert len(shown) > 15
    assert set(shown) <= listed


def test_a_sensitive_picture_is_clear_only_when_asked_for(client: "TestClient") -> None:
    blurred, clear = (client.get("/picture/room:02.jpg" + query).content for query in ("", "?show=1"))
    assert blurred != clear
    assert client.get("/picture/room:00.jpg").content == client.get("/picture/room:00.jpg?show=1").content
    gallery = get(client, "/pairs", disease="rosacea")
    assert all("show" not in a["src"] and a["alt"].endswith("(blurred)") for a in gallery.all("img"))
    asked = get(client, "/pairs", disease="rosacea", show="1")
    assert all("show=1" in a["src"] for a in asked.all("img"))


@pytest.mark.parametrize("path", ["/pairs", "/pair/room:00.jpg:caption:0", "/image/room:00.jpg", "/DERM_0001031"])
def test_nobody_waits_while_a_page_is_read_from_disk(
    client: "TestClient", path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Rows.take
    places: list[bool] = []

    def watched(self: Rows, rows: Iterable[int]) -> list[dict[str, Any]]:
        places.append(_in_the_loop())
        return take(self, rows)

    monkeypatch.setattr(Rows, "take", watched)
    assert client.get(path, headers=HTML).status_code in (200, 303)
    assert places
    assert not any(places)


def _in_the_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("name", [LINKED, BOMB, TEXT, ABSENT])
def test_what_cannot_be_shown_is_absent(client: "TestClient", name: str) -> None:
    assert client.get(f"/picture/room:{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/picture/../../etc/passwd", "/picture/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/picture/room:..%2fsecret.jpg",
     "/picture/room:../secret.jpg", "/picture//etc/passwd", "/picture/%252e%252e%252fetc%252fpasswd",
     "/static/..%2fsite.py", "/static/%2e%2e/site.py", "/static//etc/passwd", "/terms/..%2f..%2fetc%2fpasswd"],
)  # fmt: skip
def test_no_path_leads_out_of_the_folders(client: "TestClient", path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == 404
    assert "root:" not in reply.text


def test_an_error_is_a_page_for_people_and_text_for_programs(client: "TestClient") -> None:
    assert client.get("/DERM_9999999").text == "the graph says nothing of https://w3id.org/derm1m/DERM_9999999\n"
    page = client.get("/DERM_9999999", headers=HTML)
    assert page.status_code == 404
    assert "the graph says nothing of https://w3id.org/derm1m/DERM_9999999" in Page(page.text).text


def test_the_editor_begins_with_an_example_that_is_not_yet_asked(client: "TestClient") -> None:
    for language, word in (("sparql", "SELECT ?pair"), ("cypher", "MATCH (pair:Pair)")):
        page = get(client, "/ask", language=language)
        assert word in page.text
        assert not page.all("table")


def test_an_example_is_asked_in_the_language_that_is_chosen(client: "TestClient") -> None:
    texts = json.loads(get(client, "/ask", example="long_tail").all("textarea")[0]["data-texts"])
    crlf = texts["sparql"].replace("\n", "\r\n")
    assert "<table" in post(client, crlf, "cypher", example="long_tail").text
    assert post(client, "# mine\n" + texts["sparql"], "cypher", example="long_tail").status_code == 400


def test_a_whole_answer_to_cypher_is_downloaded(client: "TestClient") -> None:
    query = "MATCH (d:Disease) WHERE d.level = $level RETURN d.id AS id, d.synonyms AS names"
    fields = {"language": "cypher", "query": f"// $level: integer = 1\n{query}", "$level": "4"}
    links = [a["href"] for a in Page(client.post("/ask", data=fields, headers=HTML).text).all("a") if "download" in a]
    table, rows = (client.get(link) for link in links)
    assert (table.headers["content-type"], rows.headers["content-type"]) == (
        "text/csv; charset=utf-8",
        "application/json",
    )
    read = list(csv.DictReader(io.StringIO(table.text)))
    assert len(read) == len(rows.json()) > 700
    assert [json.loads(row["names"]) for row in read] == [row["names"] for row in rows.json()]


def test_every_question_stands_in_one_theme(client: "TestClient") -> None:
    titles = [question.heading.title for theme in themes() for question in theme.questions]
    assert sorted(titles) == sorted(question.heading.title for question in read_questions())
    assert len(set(titles)) == len(titles)
    assert all(theme.title in get(client, "/ask").text for theme in themes())


def test_a_theme_names_only_questions_that_there_are() -> None:
    told = tomllib.loads(Path(asking.__file__).with_name("themes.toml").read_text(encoding="utf-8"))
    assert {name for theme in told["theme"] for name in theme["questions"]} <= {q.name for q in read_questions()}


GRAPHS = "SELECT DISTINCT ?g ?image ?relation ?term { GRAPH ?g { ?image ?relation ?term } } LIMIT 200"
KNOWLEDGE = """SELECT DISTINCT ?s ?p ?o {
    VALUES ?s { DERM:0000001 DERM:0001031 DERM:0001427 DERM:0010002 DERM:0010011 <https://w3id.org/derm1m/derm1m.owl> }
    ?s ?p ?o }"""
COUNTS = "SELECT ?count ?of ?with { ?count d1m:countOf ?of ; d1m:countWith ?with } LIMIT 20"


@pytest.mark.parametrize("query", [GRAPHS, KNOWLEDGE, COUNTS])
def test_every_link_of_an_answer_leads_to_a_page_and_to_rdf(client: "TestClient", query: str) -> None:
    answer = get(client, "/ask", query=query).addresses
    links = sorted(a.partition("#")[0] for a in answer if re.match(r"/(DERM|evidence|image|count|derm1m|vocab)", a))
    of_each_kind = {re.split(r"\W\d*|_", link)[1]: link for link in links}.values()
    assert len(links) > 20 < len(answer)
    for link in {*links[:: len(links) // 20], *of_each_kind}:
        assert client.get(link, headers=HTML).status_code in (200, 303), link
        assert client.get(link, headers={"Accept": "text/turtle"}).status_code == 200, link


def test_a_page_of_evidence_says_where_facts_come_from_and_which(client: "TestClient") -> None:
    query = "SELECT ?g { ?g a d1m:Evidence ; d1m:column 'site' ; d1m:rule 'label' }"
    answer = client.get("/sparql", params={"query": query}).json()
    path = answer["results"]["bindings"][0]["g"]["value"].removeprefix("https://w3id.org/derm1m")
    page = get(client, path)
    assert re.search(r"column site", page.text)
    assert {"/source/room", "/image/room:00.jpg"} <= page.addresses
    assert "elbow" in page.text


def test_a_property_and_a_root_have_pages_of_their_statements(client: "TestClient") -> None:
    assert "Has malignancy" in get(client, "/DERM_0010002").text
    assert "/DERM_0000002" in get(client, "/DERM_0000003").addresses


@pytest.mark.parametrize("path", ["/evidence/0000000000000000", "/count/a:b", "/DERM_0099999", "/evidence/%3E%20%7D"])
def test_an_iri_of_which_nothing_is_said_is_absent(client: "TestClient", path: str) -> None:
    for accept in ("text/html", "text/turtle"):
        assert client.get(path, headers={"Accept": accept}).status_code == 404
