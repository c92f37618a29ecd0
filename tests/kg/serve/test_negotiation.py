"""Which form of an answer a client gets."""

import pytest

from kg.serve.negotiation import HTML, RESULTS, TRIPLES, choose

JSON, XML, TURTLE, RDF_XML = RESULTS["json"], RESULTS["xml"], TRIPLES["turtle"], TRIPLES["rdfxml"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PAGE = {"html": HTML, **TRIPLES}


@pytest.mark.parametrize(
    ("accept", "forms", "chosen"),
    [
        ("", RESULTS, JSON),
        ("*/*", RESULTS, JSON),
        ("application/sparql-results+xml", RESULTS, XML),
        ("application/json", RESULTS, JSON),
        ("text/csv;q=0.2, text/tab-separated-values", RESULTS, "text/tab-separated-values"),
        ("text/*", RESULTS, "text/csv"),
        ("application/*;q=0.5, text/csv;q=0.4", RESULTS, JSON),
        ("application/sparql-results+json;q=0, */*", RESULTS, XML),
        ("TEXT/CSV ; Q=1", RESULTS, "text/csv"),
        ("image/png", RESULTS, None),
        ("text/csv;q=nonsense", RESULTS, None),
        ("text/turtle", RESULTS, None),
        (BROWSER, PAGE, HTML),
        ("text/turtle, text/html;q=0.5", PAGE, TURTLE),
        ("application/rdf+xml, */*;q=0.1", PAGE, RDF_XML),
        ("*/*", PAGE, HTML),
    ],
)
def test_the_form_that_is_liked_best_is_chosen(accept: str, forms: dict[str, str], chosen: str | None) -> None:
    assert choose(accept, forms) == chosen
