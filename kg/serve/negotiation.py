"""Which form of an answer a client prefers, by the `Accept` header (RFC 9110, 12.5.1)."""

from collections.abc import Mapping

RESULTS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
"""Forms of SELECT and ASK: a short name for links, and the media type."""

TRIPLES = {
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
"""Forms of CONSTRUCT, DESCRIBE and of a term's own page."""

_ALSO = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
}
"""Less exact types by which clients ask for a form."""

HTML = "text/html"


def choose(accept: str, forms: Mapping[str, str] | tuple[str, ...]) -> str | None:
    """The media type among `forms` that the header likes best, the first of equals; None when it takes none of them.

    A form that is named exactly comes before one that is meant by a wildcard or a less exact type at the same weight.
    """
    offered = tuple(forms.values()) if isinstance(forms, Mapping) else forms
    ranges = [_parse(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    best = max(offered, key=lambda form: _liking(form, ranges))  # max keeps the first of equals
    return best if _liking(best, ranges)[0] > 0 else None


def _liking(form: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Weight and exactness of the most exact range that covers the form."""
    family = form.partition("/")[0]
    exactness = {form: 3, f"{family}/*": 1, "*/*": 0} | {name: 2 for name, meant in _ALSO.items() if meant == form}
    exact, weight = max(((exactness[name], weight) for name, weight in ranges if name in exactness), default=(0, 0.0))
    return weight, exact


def _parse(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().casefold() for piece in part.split(";"))
    weight = next((value[2:] for value in parameters if value.startswith("q=")), "1")
    try:
        return name, min(max(float(weight), 0), 1)
    except ValueError:
        return name, 0
