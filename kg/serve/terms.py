"""Pages of the ontology: the way in, the tree, a term, a search.

What waits for nothing is a plain function, which Starlette calls in a thread: the loop stays free for others.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from kg.ontology.names import normalize
from kg.prompts import prompts
from kg.quads import BASE
from kg.rdfio import PREFIXES
from kg.resources import ontology_folder
from kg.serve.catalogue import FIELD_OF_KIND, PRESENT
from kg.serve.gallery import FIELDS, Filters, cards, narrower
from kg.serve.negotiation import HTML, TRIPLES
from kg.serve.nodes import show
from kg.serve.protocol import describe, wanted_form
from kg.serve.view import KINDS, View, term_path

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

_NAME = re.compile(r"DERM_\d{7}")
_SHOWN = 8  # pictures on a term's page
_FOUND = 60  # terms that a search lists
_OFFERED = 20  # terms that the editor offers

_ALWAYS = ("hasDefiningFinding", "hasLocation")
KNOWLEDGE = {
    "Findings": ("hasDefiningFinding", "hasFinding"),
    "Symptoms": ("hasTypicalSymptom",),
    "Sites": ("hasLocation", "hasTypicalSite"),
}
"""Headings of a term's page, and the relations of the ontology that stand below each."""


def home(request: Request) -> Response:
    """What is here: figures, the broadest groups, ways on."""
    view: View = request.app.state.view
    info = view.graph.info
    figures = {
        "images": len(view.catalogue.images),
        "pairs": info["pairs"],
        "terms": len(view.catalogue.terms),
        "sources": len(view.sources),
    }
    return view.page(request, "home.html", figures=figures, groups=view.branches, most=_most(view, view.branches))


def tree(request: Request) -> Response:
    """The tree of one kind of term, with the number of images of each."""
    view: View = request.app.state.view
    kind = request.path_params.get("kind", "disease")
    if kind not in KINDS:
        raise HTTPException(404, f"there is no kind of term {kind!r}: there are {', '.join(KINDS)}")
    roots = [term for term in view.children[None] if term.kind == kind]
    return view.page(request, "tree.html", kind=kind, roots=roots, children=view.children, most=_most(view, roots))


def _most(view: View, terms: "Iterable[Term]") -> int:
    """The number of images of the one that has the most; at least 1, the length of an empty scale."""
    return max((view.counts.get(term.curie, 0) for term in terms), default=0) or 1


async def term(request: Request) -> Response:
    """`/DERM_0000123`: a page, or RDF for programs that ask for it; of a property or a root its statements."""
    view: View = request.app.state.view
    name = request.path_params["name"]
    if not _NAME.fullmatch(name):
        raise HTTPException(404, "there is no such page")
    found = view.term(name.replace("_", ":"))
    if found is None:
        return await show(request, f"{BASE}{name}")
    media = wanted_form(request)
    if media != HTML:
        return await describe(request, found.iri, media)
    return await run_in_threadpool(lambda: view.page(request, "term.html", **_facts(view, found)))


def search(request: Request) -> Response:
    """Terms by a part of their names; the one that is named exactly is shown at once."""
    view: View = request.app.state.view
    sought = request.query_params.get("q", "").strip()
    found = find_terms(view.ontology, sought, _FOUND + 1)
    exact = [term for term, name in found if normalize(name) == normalize(sought)]
    if len(exact) == 1:
        return RedirectResponse(term_path(exact[0].curie), 303)
    return view.page(request, "search.html", sought=sought, found=found[:_FOUND], more=len(found) > _FOUND)


def complete(request: Request) -> Response:
    """Terms by a part of their names for the editor: id, label, the name that was met, kind."""
    view: View = request.app.state.view
    found = find_terms(view.ontology, request.query_params.get("q", ""), _OFFERED)
    return JSONResponse([{"id": t.curie, "label": t.label, "name": name, "kind": t.kind} for t, name in found])


def vocabulary(_: Request) -> Response:
    """The vocabulary of the pair graph, in Turtle."""
    return FileResponse(ontology_folder() / "pairs.ttl", media_type=TRIPLES["turtle"])


def find_terms(ontology: "Ontology", sought: str, most: int) -> "list[tuple[Term, str]]":
    """Terms with a name that holds all the words, each with the first such name, by how near the name is to them."""
    words = normalize(sought).split()
    if not words:
        return []
    if re.fullmatch(r"derm:\d{7}", sought.casefold().replace("_", ":")):
        return [
            (t, sought) for t in ontology.terms(*KINDS) if t.curie.casefold() == sought.casefold().replace("_", ":")
        ]
    found = []
    for term in ontology.terms(*KINDS):
        for place, name in enumerate([term.label, *(s.text for s in term.synonyms)]):
            said = normalize(name)
            if all(word in said for word in words):
                whole = " ".join(words)
                nearness = (said != whole, not said.startswith(whole), place > 0, len(said), said)
                found.append((nearness, term.curie, term, name))
                break
    return [(term, name) for *_, term, name in sorted(found, key=lambda row: row[:2])[:most]]


def _facts(view: View, term: "Term") -> dict[str, Any]:
    """What the page of a term shows."""
    ontology = view.ontology
    known = ontology.knowledge(term)
    field = FIELD_OF_KIND.get(term.kind)
    shown, with_it = [], {}
    if field:
        has = view.catalogue.images_with(PRESENT[field], view.catalogue.below([term.curie]))
        shown = _some(view, has)
        with_it = narrower(view, has, Filters(said={field: term.label}, terms={field: [term]}))
    return {
        "term": term,
        "path": ontology.path(term)[:-1],
        "parents": [parent for parent in ontology.parents(term) if parent.kind != "other"],
        "children": [child for child in ontology.children(term) if child.kind != "other"],
        "members": _members(view, term) if term.kind == "defined" else [],
        "inferred": _by_label(view, view.catalogue.inferred_above(term.curie)),
        "knowledge": {
            heading: [(known, known.relation in _ALWAYS) for known in known if known.relation in relations]
            for heading, relations in KNOWLEDGE.items()
        },
        "differentials": [k for k in known if k.relation == "hasDifferential"],
        "mappings": [_mapping(view, term, *said) for said in term.mappings],
        "prompts": _prompts(ontology, term),
        "cards": cards(view, shown, None),
        "field": field,
        "fields": FIELDS,
        "with_it": {name: rows for name, rows in with_it.items() if name != field},
        "forms": TRIPLES,
    }


def _members(view: View, term: "Term") -> "list[Term]":
    below = view.catalogue.below([term.curie]).nonzero()[0]
    return [member for member in _by_label(view, [view.catalogue.terms[i] for i in below]) if member != term]


def _by_label(view: View, curies: Iterable[str]) -> "list[Term]":
    return sorted((view.ontology.term(curie) for curie in curies), key=lambda term: term.label.casefold())


def _some(view: View, images: Any) -> list[int]:
    """A few images across the whole, those that can be shown."""
    import numpy as np

    rows = np.flatnonzero(images & np.asarray(view.catalogue.images["available"]))
    return [int(rows[i]) for i in np.unique(np.linspace(0, len(rows) - 1, _SHOWN).astype(int))] if len(rows) else []


def _mapping(view: View, term: "Term", predicate: str, target: str) -> dict[str, Any]:
    prefix, _, local = target.partition(":")
    row = view.mappings.get((term.curie, f"skos:{predicate}", target))
    address = PREFIXES[prefix] + local if prefix in PREFIXES else target
    return {
        "predicate": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", predicate).lower(),
        "target": target,
        "address": address if address.startswith(("http://", "https://")) else None,
        "label": row.object_label if row else "",
        "confidence": row.confidence if row else "",
    }


def _prompts(ontology: "Ontology", term: "Term") -> list[tuple[Any, list[Any]]]:
    """The prompts of each level, from the term's own up."""
    if term.kind not in ("disease", "defined"):
        return []
    by_term: dict[Any, list[Any]] = {}
    for prompt in _reversed(prompts(ontology, term)):
        by_term.setdefault(prompt.term, []).append(prompt)
    return list(by_term.items())


def _reversed(made: Iterable[Any]) -> list[Any]:
    return sorted(made, key=lambda prompt: -(prompt.level or 0))
