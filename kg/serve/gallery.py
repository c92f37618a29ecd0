"""Pages of pairs: the gallery with its filters, one pair with its facts, and the pictures."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg.errors import InputError
from kg.pairs import Relation, TextKind
from kg.quads import node_iri
from kg.serve.catalogue import FIELD_OF_KIND, PRESENT, Mask, Wanted
from kg.serve.negotiation import HTML, TRIPLES
from kg.serve.pictures import SIZES, NoPicture
from kg.serve.protocol import describe, wanted_form
from kg.serve.view import View, gallery_path, node_path

if TYPE_CHECKING:
    from kg.ontology import Term

_PER_PAGE = 24  # images
_OFFERED = 8  # terms of a field by which a gallery can be narrowed
FIELDS = {"disease": "Disease", "concept": "Finding or symptom", "site": "Body site", "tone": "Skin tone"}
"""Fields of terms as headings."""

LOOKS = {"present": "said to be there", "doubted": "in doubt", "denied": "said to be absent"}
"""How words are marked in a text, and what it means; where several things are said of them, the first of these."""

_LOOK_OF = {
    "doubted": (Relation.SUSPECTS, Relation.MAY_SHOW),
    "denied": (Relation.RULES_OUT, Relation.LACKS, Relation.LACKS_SYMPTOM, Relation.LACKS_HISTORY),
}
_COLUMNS = ("source", "modality", "text_kind")
_SPACED = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass
class Filters:
    """What the address of a gallery asks for, and what in it could not be understood."""

    said: dict[str, str] = field(default_factory=dict)  # as written, by field
    terms: dict[str, list["Term"]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)  # field to message
    unveiled: bool = False
    available: bool = False
    page: int = 1

    @property
    def wanted(self) -> Wanted:
        """The same for the catalogue."""
        return Wanted(
            {name: [t.curie for t in found] for name, found in self.terms.items()}, self.columns, self.available
        )

    def address(self, **changes: str) -> str:
        """The gallery with these filters, some of them changed; the page is the first unless it is named."""
        kept = {name: "1" for name, asked in (("show", self.unveiled), ("file", self.available)) if asked}
        return gallery_path(**(self.said | kept | changes))


@dataclass(frozen=True)
class Card:
    """An image with those of its pairs that are meant."""

    image: dict[str, Any]
    pairs: list[dict[str, Any]]
    conditions: list["Term"]
    sites: list["Term"]
    veiled: bool

    @property
    def alt(self) -> str:
        """What the picture is said to show, in words."""
        named = ", ".join(term.label for term in self.conditions) or "no condition named"
        places = "".join(f", {term.label}" for term in self.sites)
        return f"{(self.image['modality'] or 'picture').capitalize()}: {named}{places}"


async def gallery(request: Request) -> Response:
    """`/pairs`: the pairs that the filters mean, an image a card."""
    return await run_in_threadpool(_gallery_page, request)


def _gallery_page(request: Request) -> Response:
    view: View = request.app.state.view
    filters = read_filters(view, request)
    found = np.zeros(len(view.catalogue.pair_image), bool) if filters.wrong else view.catalogue.find(filters.wanted)
    has = view.catalogue.images_of(found)
    images = np.flatnonzero(has)
    pages = max(1, math.ceil(len(images) / _PER_PAGE))
    page = min(filters.page, pages)
    shown = [int(row) for row in images[(page - 1) * _PER_PAGE : page * _PER_PAGE]]
    return view.page(
        request,
        "gallery.html",
        status=400 if filters.wrong else 200,
        filters=filters,
        cards=cards(view, shown, found, unveiled=filters.unveiled),
        images=len(images),
        pairs=int(found.sum()),
        page=page,
        pages=pages,
        near=_near(page, pages),
        choices=_choices(view),
        fields=FIELDS,
        narrower=narrower(view, has, filters),
    )


async def pair(request: Request) -> Response:
    """`/pair/…`: one image with one text, the facts and where each comes from; or RDF."""
    view: View = request.app.state.view
    identifier = request.path_params["identifier"]
    row = await run_in_threadpool(view.catalogue.find_pair, identifier)
    if row is None:
        raise HTTPException(404, f"there is no pair {identifier}")
    media = wanted_form(request)
    if media != HTML:
        return await describe(request, node_iri("pair", identifier), media)
    return await run_in_threadpool(_pair_page, request, row)


def _pair_page(request: Request, row: int) -> Response:
    view: View = request.app.state.view
    image = int(view.catalogue.pair_image[row])
    told = view.catalogue.texts([row])[0]
    siblings = view.catalogue.texts(view.catalogue.pairs_of(image))
    evidence = view.catalogue.evidence(row)
    pieces = mark_spans(told["text"], evidence)
    return view.page(
        request,
        "pair.html",
        pair=told,
        card=cards(view, [image], None, unveiled="show" in request.query_params)[0],
        siblings=siblings,
        pieces=pieces,
        legend={look: words for look, words in LOOKS.items() if look in {piece.look for piece in pieces}},
        facts=gather_facts(view, evidence, told["text"]),
        forms=TRIPLES,
        source=next((s for s in view.sources if s["source"] == told["source"]), {"licence": None, "citation": None}),
    )


async def image(request: Request) -> Response:
    """`/image/…`: the first pair of an image; or RDF."""
    view: View = request.app.state.view
    row = _image_row(view, request)
    media = wanted_form(request)
    if media != HTML:
        return await describe(request, node_iri("image", request.path_params["identifier"]), media)
    first = await run_in_threadpool(view.catalogue.texts, view.catalogue.pairs_of(row)[:1])
    return RedirectResponse(node_path("pair", first[0]["pair"]), 303)


async def source(request: Request) -> Response:
    """`/source/…`: the pairs of a source; or RDF."""
    view: View = request.app.state.view
    name = request.path_params["identifier"]
    if name not in {row["source"] for row in view.sources}:
        raise HTTPException(404, f"there is no source {name}")
    media = wanted_form(request)
    if media != HTML:
        return await describe(request, node_iri("source", name), media)
    return RedirectResponse(gallery_path(source=name), 303)


async def picture(request: Request) -> Response:
    """`/picture/…`: an image as JPEG; a sensitive one as coloured fields unless `show` is asked for."""
    view: View = request.app.state.view
    row = _image_row(view, request)
    size = request.query_params.get("size", "small")
    if size not in SIZES:
        raise HTTPException(400, f"size={size}: there are {', '.join(SIZES)}")
    blurred = bool(view.pictures.sensitive[row]) and "show" not in request.query_params
    try:
        content = await anyio.to_thread.run_sync(
            lambda: view.pictures.get(row, size, blurred=blurred), limiter=view.drawing
        )
    except NoPicture as error:
        raise HTTPException(404, str(error)) from error
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def read_filters(view: View, request: Request) -> Filters:
    """The filters of an address. What names no term, or one of another kind, is kept with a message."""
    filters = Filters(unveiled="show" in request.query_params, available="file" in request.query_params)
    for name in PRESENT:
        said = [part.strip() for text in request.query_params.getlist(name) for part in text.split(";") if part.strip()]
        if said:
            filters.said[name] = "; ".join(said)
            try:
                filters.terms[name] = [_term(view, name, part) for part in said]
            except InputError as error:
                filters.wrong[name] = str(error)
    for name in _COLUMNS:
        if values := [value for value in request.query_params.getlist(name) if value]:
            filters.said[name] = values[0]
            filters.columns[name] = values[:1]
            if values[0] not in _values(view, name):
                filters.wrong[name] = f"this graph has no {name.replace('_', ' ')} {values[0]!r}"
    page = request.query_params.get("page", "1")
    filters.page = int(page) if re.fullmatch(r"[1-9]\d{0,8}", page) else 1
    return filters


def _term(view: View, name: str, said: str) -> "Term":
    term = view.ontology.term(said)
    if FIELD_OF_KIND.get(term.kind) != name:
        raise InputError(f"{term.label} is of the kind {term.kind}: it is no {name}")
    return term


def cards(view: View, images: Sequence[int], pairs: Mask | None, *, unveiled: bool = False) -> list[Card]:
    """The images at these rows, with all their pairs or those that `pairs` means."""
    catalogue = view.catalogue
    made = []
    for row in images:
        of_image = catalogue.pairs_of(row)
        if pairs is not None:
            of_image = of_image[pairs[of_image]]
        named = [view.ontology.term(curie) for curie in catalogue.present_in(row)]
        made.append(
            Card(
                image=catalogue.image(row),
                pairs=catalogue.texts(of_image),
                conditions=[term for term in named if term.kind == "disease"],
                sites=[term for term in named if term.kind == "site"],
                veiled=bool(view.pictures.sensitive[row]) and not unveiled,
            )
        )
    return made


def _near(page: int, pages: int) -> list[int | None]:
    """Page numbers to show: the ends and those about the current one, None for a gap."""
    shown = sorted({1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)})
    near: list[int | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before > 1:
            near.append(None)
        near.append(number)
    return near


def _choices(view: View) -> dict[str, list[Any]]:
    """What each field of the form offers: terms that the graph has, and values of columns."""
    counted = [view.ontology.term(curie) for curie in view.counts]
    offered: dict[str, list[Any]] = {
        name: sorted({t.label for t in counted if FIELD_OF_KIND.get(t.kind) == name}) for name in PRESENT
    }
    offered["tone"] = sorted((t for t in counted if t.kind == "tone"), key=lambda t: t.curie)
    return offered | {name: _values(view, name) for name in _COLUMNS}


def _values(view: View, column: str) -> list[str]:
    """What a column of the form may be."""
    if column == "text_kind":
        return [kind.value for kind in TextKind]
    return sorted(view.catalogue.images[column].unique().drop_null().to_pylist())


def narrower(view: View, images: Mask, filters: Filters) -> dict[str, list[tuple["Term", int, str]]]:
    """By field the terms that most of these images have: term, number of images, address of the narrower gallery."""
    found: dict[str, list[tuple[Term, int, str]]] = {name: [] for name in PRESENT}
    chosen = {term.curie for terms in filters.terms.values() for term in terms}
    for curie, count in Counter(view.catalogue.tally(images)).most_common():
        term = view.ontology.term(curie)
        name = FIELD_OF_KIND.get(term.kind)
        if name and len(found[name]) < _OFFERED and curie not in chosen:
            found[name].append((term, count, filters.address(**{name: term.label})))
    return {name: rows for name, rows in found.items() if rows}


@dataclass(frozen=True)
class Fact:
    """A (relation, term) of a pair with its pieces of evidence."""

    relation: str
    term: "Term"
    evidence: list[dict[str, Any]]


def gather_facts(view: View, evidence: Iterable[dict[str, Any]], text: str) -> list[Fact]:
    """The evidence of a pair by relation and term; `in_text` says which of it is highlighted in the text."""
    order = list(Relation)
    facts: dict[tuple[Relation, str], list[dict[str, Any]]] = {}
    for number, row in enumerate(evidence):
        piece = row | {"number": number, "in_text": _stands_in(text, row)}
        facts.setdefault((Relation(row["relation"]), row["term"]), []).append(piece)
    return [
        Fact(_SPACED.sub(" ", relation.value).lower(), view.ontology.term(term), rows)
        for (relation, term), rows in sorted(facts.items(), key=lambda item: order.index(item[0][0]))
    ]


@dataclass(frozen=True)
class Piece:
    """A piece of a text, with the numbers of the evidence that stands there and what it says: see `LOOKS`."""

    text: str
    spans: list[int]
    look: str


def mark_spans(text: str, evidence: Sequence[dict[str, Any]]) -> list[Piece]:
    """The text in pieces, as the evidence divides it."""
    spans = [(row["start"], row["end"], number) for number, row in enumerate(evidence) if _stands_in(text, row)]
    looks = {number: _look(row) for number, row in enumerate(evidence)}
    cuts = sorted({0, len(text), *(place for start, end, _ in spans for place in (start, end))})
    pieces = []
    for start, end in pairwise(cuts):
        there = [number for first, last, number in spans if first <= start and end <= last]
        said = {looks[number] for number in there}
        pieces.append(Piece(text[start:end], there, next((look for look in LOOKS if look in said), "")))
    return pieces


def _look(row: dict[str, Any]) -> str:
    relation = Relation(row["relation"])
    return next((look for look, relations in _LOOK_OF.items() if relation in relations), "present")


def _stands_in(text: str, row: dict[str, Any]) -> bool:
    """Whether a span is one of this text: the same facts are carried by all texts of an image."""
    start, end, surface = row["start"], row["end"], row["surface"]
    return start is not None and end is not None and start < end and bool(surface) and text[start:end] == surface


def _image_row(view: View, request: Request) -> int:
    row = view.catalogue.find_image(request.path_params["identifier"])
    if row is None:
        raise HTTPException(404, "there is no such image")
    return row
