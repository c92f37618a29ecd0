"""The statistics page: the tree by images, skin tone by branch, sources, the long tail."""

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
from starlette.requests import Request
from starlette.responses import Response

from kg.pairs import Facet, Relation, TextKind
from kg.serve.icicle import Bar, lay_out
from kg.serve.view import View

if TYPE_CHECKING:
    from kg.ontology import Term

_WIDTH, _HEIGHT, _LEVELS = 1200, 1000, 4
_BINS = (1, 10, 100, 1_000, 10_000)


def statistics(request: Request) -> Response:
    """`/statistics`."""
    view: View = request.app.state.view
    return view.page(request, "statistics.html", **_figures(view))


@lru_cache(maxsize=1)
def _figures(view: View) -> dict[str, Any]:
    branches, below = view.branches, _below(view)
    return {
        "bars": _icicle(view, branches, below),
        "below": below,
        "roots": sorted(
            (branch for branch in branches if view.counts.get(branch.curie)),
            key=lambda branch: -view.counts[branch.curie],
        ),
        "width": _WIDTH,
        "height": _HEIGHT,
        "branches": branches,
        "scales": _tones(view, branches),
        "sources": _sources(view),
        "tail": _tail(view),
    }


def _below(view: View) -> "dict[str, list[Term]]":
    """The terms with images below each one in the tree, most images first.

    A condition that is a kind of another of its group stands below that one, whose number holds its own.
    """
    below: dict[str, list[Term]] = defaultdict(list)
    counted = [term for term in view.ontology.terms("disease") if term.level and view.counts.get(term.curie)]
    for term in sorted(counted, key=lambda term: (-view.counts[term.curie], term.label)):
        group = view.ontology.tree_parent(term)
        above = [
            p for p in view.ontology.parents(term) if p.level == term.level and view.ontology.tree_parent(p) == group
        ]
        for parent in above[:1] or ([group] if group else []):
            below[parent.curie].append(term)
    return below


def _icicle(view: View, branches: "list[Term]", below: "Mapping[str, list[Term]]") -> "list[Bar[Term]]":
    has_kinds = any(view.ontology.term(curie).is_condition for curie in below)
    return lay_out(
        branches,
        lambda term: below.get(term.curie, []),
        lambda term: view.counts.get(term.curie, 0),
        width=_WIDTH,
        height=_HEIGHT,
        levels=_LEVELS + has_kinds,
    )


def _tones(view: View, branches: "list[Term]") -> list[dict[str, Any]]:
    """For each scale of skin tone the number of images of each tone in each branch."""
    table = view.table
    depicted = table.filter(
        pc.and_(pc.equal(table["facet"], Facet.TONE.value), pc.equal(table["relation"], Relation.DEPICTS.value))
    )
    images = {(row["term"], row["value"]): row["images"] for row in depicted.to_pylist()}
    scales = []
    for scale in (term for term in view.children[None] if term.kind == "tone"):
        tones = sorted(view.children[scale.curie], key=lambda term: term.curie)
        rows = [(branch, [images.get((branch.curie, tone.curie), 0) for tone in tones]) for branch in branches]
        rows = [(branch, counts) for branch, counts in rows if sum(counts)]
        if rows:
            most = max(max(counts) for _, counts in rows)
            scales.append({"scale": scale, "tones": tones, "rows": rows, "most": most})
    return scales


def _sources(view: View) -> list[dict[str, Any]]:
    """Images and pairs by kind of text of each source, with its licence and citation."""
    catalogue = view.catalogue
    of_image = np.asarray(catalogue.images["source"].to_pylist(), object)
    rows = []
    for source in view.sources:
        own = of_image == source["source"]
        kinds = np.bincount(catalogue.pair_kind[own[catalogue.pair_image]], minlength=len(TextKind))
        rows.append(source | {"images": int(own.sum()), "pairs": dict(zip(TextKind, map(int, kinds), strict=True))})
    return rows


def _tail(view: View) -> list[tuple[str, int]]:
    """How many conditions have no image, and how many in each order of magnitude."""
    counts = np.array([view.counts.get(term.curie, 0) for term in view.ontology.terms("disease") if term.is_condition])
    named = [("none", int((counts == 0).sum()))]
    for low, high in zip(_BINS, (*_BINS[1:], None), strict=True):
        within = (counts >= low) & (counts < high if high else True)
        named.append((f"{low:,} to {high - 1:,}" if high else f"{low:,} or more", int(within.sum())))
    return named
