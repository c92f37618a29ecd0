"""The server as its users meet it: started by the command, asked by existing clients, walked through in a browser."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.errors import InputError
from tests.integration.test_page_in_browser import BROWSERS
from tests.java import jars

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from kg.graph import KnowledgeGraph

pytestmark = pytest.mark.integration

JENA = Path(__file__).parents[1] / "java" / "jena"
D1M = "https://w3id.org/derm1m/vocab#"
PSORIASIS = "https://w3id.org/derm1m/DERM_0001031"
PAIR = "/pair/room:00.jpg:caption:0"
LEVELS = "SELECT ?id WHERE { ?s d1m:level 1 ; dcterms:identifier ?id } ORDER BY ?id"


@pytest.fixture(scope="module")
def address(showroom: "KnowledgeGraph") -> Iterator[str]:
    """Where `derm1m serve` says that it answers."""
    from benchmarks.serve import serve

    with serve(showroom.folder.parents[1], "--workers", "1") as (_, address):
        yield address


def test_sparqlwrapper_asks_in_each_of_its_ways(address: str) -> None:
    from SPARQLWrapper import CSV, JSON, POST, TSV, TURTLE, XML, SPARQLWrapper

    client: Any = SPARQLWrapper(f"{address}/sparql")
    client.setQuery(LEVELS)
    answers = {}
    for form in (JSON, XML, CSV, TSV):
        client.setReturnFormat(form)
        answers[form] = client.query().convert()
    rows = [row["id"]["value"] for row in answers[JSON]["results"]["bindings"]]
    assert len(rows) == 12
    for form in (CSV, TSV):
        assert re.findall(r"DERM:\d+", answers[form].decode()) == rows
    assert re.findall(r"DERM:\d+", answers[XML].toxml()) == rows

    client.setMethod(POST)
    client.setReturnFormat(JSON)
    assert client.query().convert() == answers[JSON]
    client.setQuery(f"DESCRIBE <{PSORIASIS}>")
    client.setReturnFormat(TURTLE)
    assert b"plaque psoriasis" in client.query().convert()


def test_rdflib_reads_through_its_store(address: str) -> None:
    from rdflib import RDFS, Graph, Literal, URIRef
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = Graph(SPARQLStore(f"{address}/sparql", returnFormat="json"))
    node = URIRef(PSORIASIS)
    assert graph.value(node, RDFS.label) == Literal("plaque psoriasis", "en")
    assert (node, URIRef(f"{D1M}level"), Literal(4)) in graph
    assert len(list(graph.query(f"SELECT ?o WHERE {{ <{PSORIASIS}> <{D1M}ancestor> ?o }}"))) == 4


def test_jena_s_command_line_asks(address: str) -> None:
    folder = jars.resolve(JENA)
    query = "SELECT (COUNT(?pair) AS ?pairs) WHERE { ?pair a <https://w3id.org/derm1m/vocab#Pair> }"
    asked = jars.run(folder, "arq.rsparql", "--service", f"{address}/sparql", "--results", "csv", query)
    assert asked.stdout.split() == ["pairs", "83"], asked.stderr
    described = jars.run(folder, "arq.rsparql", "--service", f"{address}/sparql", f"DESCRIBE <{PSORIASIS}>")
    assert "plaque psoriasis" in described.stdout, described.stderr


def test_a_client_that_goes_away_leaves_its_place(address: str) -> None:
    import httpx2

    endless = {"query": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"}
    with pytest.raises(httpx2.ReadTimeout):  # the one worker would be busy for thirty seconds
        httpx2.get(f"{address}/sparql", params=endless, timeout=0.5)
    assert httpx2.get(f"{address}/sparql", params={"query": LEVELS}, timeout=20).status_code == 200


@pytest.mark.slow
def test_many_clients_at_once_are_answered(showroom: "KnowledgeGraph") -> None:
    """The short form of `benchmarks/serve.py`."""
    from benchmarks.serve import run

    told = run(showroom.folder.parents[1], clients=16, seconds=5, light=0.2, workers=2)
    assert told["errors"] == {}
    assert told["answers"] > 100
    assert told["p95"] < 2


def test_a_port_in_use_is_said_to_be(address: str) -> None:
    from kg.serve.server import run
    from kg.serve.settings import Settings

    port = int(address.rpartition(":")[2])
    with pytest.raises(InputError, match="in use"):
        run(None, Settings(port=port), announce=print)  # type: ignore[arg-type]  # no graph is opened before the port


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no browser found: install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", address: str) -> "Iterator[Page]":
    """A new window; what the browser complains of, and what is loaded from elsewhere, fails the test."""
    page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 900})
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(address) else complaints.append(f"asked for {r.url}"))
    yield page
    page.close()
    assert complaints == []


def test_from_the_overview_down_the_tree_to_a_term_and_its_images(page: "Page") -> None:
    page.goto("/")
    page.get_by_role("link", name="Terms", exact=True).click()
    page.get_by_label("Only terms with images").check()
    assert page.locator(".tree > li:visible").count() < 12
    page.get_by_role("button", name="Open all").click()
    page.get_by_role("link", name="plaque psoriasis", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Plaque psoriasis"
    page.get_by_role("link", name="All 6 in the gallery").click()
    assert page.get_by_role("status").inner_text().startswith("6 images")


def test_the_gallery_is_filtered_and_turned_over(page: "Page") -> None:
    page.goto("/pairs")
    page.get_by_label("Disease").fill("melanoma; rosacea")
    page.get_by_label("Text", exact=True).select_option("caption")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**/pairs?*")
    assert "source" not in page.url  # fields that say nothing stay out of the address
    assert page.get_by_role("status").inner_text() == "10 images, 10 pairs"


def test_a_blurred_picture_is_shown_when_asked_for_by_key(page: "Page") -> None:
    page.goto("/pairs?disease=rosacea")
    button = page.get_by_role("button", name="Show image").first
    image = page.locator(".card img").first
    blurred = image.screenshot()
    button.focus()
    with page.expect_response(lambda reply: "show=1" in reply.url):
        page.keyboard.press("Space")
    page.wait_for_function("[...document.images].slice(0, 1).every((image) => image.complete)")
    assert image.screenshot() != blurred
    assert not (image.get_attribute("alt") or "").endswith("(blurred)")
    assert page.get_by_role("button", name="Show image").count() == 4


def test_a_query_is_written_and_run_by_keys_alone(page: "Page") -> None:
    page.goto("/ask")
    page.get_by_role("textbox", name="Query").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    page.keyboard.type("SELECT ?l WHERE { ?s dcterms:identifier ?i ; rdfs:label ?l ; d1m:lev")
    page.get_by_role("option", name="d1m:level").wait_for()
    page.wait_for_timeout(150)  # an offer is not taken within its first moment
    page.keyboard.press("Enter")
    page.keyboard.type(" 1 ")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Answer").wait_for()
    assert page.locator(".answer tbody tr").count() == 12
    assert "d1m:level 1" in page.get_by_role("textbox", name="Query").inner_text()


def test_the_editor_offers_terms_by_any_name(page: "Page") -> None:
    page.goto("/ask?language=cypher")
    page.get_by_role("textbox", name="Query").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    page.keyboard.type("psoriasis vulg"[-4:])
    page.keyboard.press("Control+Space")
    page.get_by_role("option", name=re.compile("psoriasis vulgaris")).click()
    assert "DERM:0001031" in page.get_by_role("textbox", name="Query").inner_text()


def test_a_documented_question_is_answered_in_both_languages(page: "Page") -> None:
    counts = []
    for language in ("SPARQL", "Cypher"):
        page.goto("/ask")
        page.get_by_role("link", name=f"{language}: How many images are there in each of the broadest groups?").click()
        page.get_by_role("heading", name="Answer").wait_for()
        counts.append(page.locator(".answer tbody").inner_text())
    assert counts[0] == counts[1] != ""


def test_an_example_that_was_not_changed_goes_over_into_the_other_language(page: "Page") -> None:
    page.goto("/ask")
    editor = page.get_by_role("textbox", name="Query")
    assert "SELECT" in editor.inner_text()
    page.get_by_label("Cypher", exact=True).check()
    assert "MATCH" in editor.inner_text()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="Answer").wait_for()
    editor.focus()
    page.keyboard.type("// mine ")
    page.get_by_label("SPARQL", exact=True).check()
    assert "MATCH" in editor.inner_text()


def test_questions_are_sifted_by_words(page: "Page") -> None:
    page.goto("/ask")
    page.get_by_label("Questions with these words").fill("skin tone")
    assert 1 < page.locator(".questions li:visible").count() < 9
    assert page.locator(".questions h3:visible").count() < 5
    page.get_by_label("Questions with these words").fill("")
    assert page.locator(".questions li:visible").count() > 40


def test_an_answer_to_cypher_is_downloaded_whole(page: "Page") -> None:
    page.goto("/ask?language=cypher&example=synonyms")
    with page.expect_download() as download:
        page.get_by_role("link", name="csv", exact=True).click()
    assert "name" in Path(download.value.path()).read_text(encoding="utf-8").splitlines()[0]


def test_a_fact_lights_up_its_place_in_the_text(page: "Page") -> None:
    page.goto(PAIR)
    page.locator("[data-span]", has_text="elbow").hover()
    assert page.locator("mark.lit").inner_text() == "elbow"


def test_hostile_names_and_captions_do_nothing(page: "Page") -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto("/pairs?disease=plaque+psoriasis")
    page.locator(".text a", has_text="document.title").first.click()
    assert "onload=alert" in page.title()
    assert "document.title='broken'" in page.locator(".text").inner_text()
    assert dialogs == []


def test_every_page_is_reached_and_left_by_keys(page: "Page") -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("/")
    page.keyboard.type("plaque psoriasis")
    page.keyboard.press("Enter")
    page.wait_for_url("**/DERM_0001031")
    page.goto("/terms")
    page.locator(".tree summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".tree details").first.get_attribute("open") is not None
    page.goto("/ask")
    editor = page.get_by_role("textbox", name="Query")
    editor.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"


@pytest.mark.parametrize("width", [375, 560, 640, 900, 1000, 1280])
def test_a_pair_with_its_evidence_is_no_wider_than_the_window(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(PAIR, wait_until="domcontentloaded")
    assert page.locator(".evidence li").count() > 5
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "path",
    ["/", "/terms", "/DERM_0010002", "/DERM_0001031", "/pairs", PAIR, "/ask?example=tone_by_branch", "/statistics"],
)
def test_pages_are_readable_enlarged_and_in_the_dark(page: "Page", path: str) -> None:
    """At 200 % a window of 1280 pixels is 640 wide, and a telephone is narrower still: nothing is wider than it."""
    page.goto(path, wait_until="domcontentloaded")
    for width, scheme in ((640, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (scheme, page.evaluate(CONTRAST)) == (scheme, [])


# WCAG 2.2, 1.4.3: text has a contrast of 4.5 to what is behind it, 3 where it is large
CONTRAST = """() => {
  const rgb = (colour) => { const c = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) =>
    v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * x + .7152 * y + .0722 * z; };
  const behind = (element) => { for (let e = element; e; e = e.parentElement) {
    const colour = rgb(getComputedStyle(e).backgroundColor); if (colour[3] === 255) return colour; }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255]; };
  const seen = new Map();
  for (const element of document.querySelectorAll('main *, header *, footer *')) {
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    if (!element.checkVisibility() || element.closest('svg, .picture, button, .heat td')) continue;
    const style = getComputedStyle(element), large = parseFloat(style.fontSize) >= 24;
    const [a, b] = [light(rgb(style.color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < (large ? 3 : 4.5)) seen.set(element.className || element.tagName, ratio.toFixed(2));
  }
  return [...seen];
}"""
