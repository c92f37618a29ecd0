"""Which images stay blurred until they are asked for: those of what `sensitive.toml` names, said or to be expected."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kg.serve.catalogue import PRESENT, Catalogue, Mask

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term


def sensitive_images(catalogue: Catalogue, ontology: "Ontology") -> Mask:
    """A flag for each image: by its sites, by the condition depicted, or by where that condition typically is."""
    named = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    sites, conditions = (
        catalogue.below(ontology.term(name).curie for name in named[field]) for field in ("sites", "conditions")
    )
    found = catalogue.images_with(PRESENT["site"], sites) | catalogue.images_with(PRESENT["disease"], conditions)
    for name in named["sites"]:
        found |= _images_expected_at(ontology.term(name), catalogue, ontology, named)
    return found


def _images_expected_at(site: "Term", catalogue: Catalogue, ontology: "Ontology", named: dict[str, Any]) -> Mask:
    """Images of what is typically at the site, but for those that are said to show another.

    A wider site (the head) says neither that it is the face nor that it is not.
    """
    within = catalogue.below([site.curie])
    wider = np.isin(catalogue.terms, [above.curie for above in ontology.ancestors(site)])
    elsewhere = catalogue.images_with(PRESENT["site"], ~(within | wider))
    places = {curie for curie, inside in zip(catalogue.terms, within, strict=True) if inside}
    typical = [term.curie for term in _found_at(places, ontology, named)]
    return catalogue.images_with(PRESENT["disease"], np.isin(catalogue.terms, typical)) & ~elsewhere


def _found_at(places: set[str], ontology: "Ontology", named: dict[str, Any]) -> "Iterator[Term]":
    """The conditions that are often or always at these sites, and the groups of which a large share is."""
    placed = {}  # of each condition that has sites, whether one is of these
    for term in ontology.terms("disease"):
        if term.is_condition and (sites := _sites(term, ontology, named["frequencies"])):
            placed[term] = not places.isdisjoint(sites)
    yield from (condition for condition, here in placed.items() if here)
    for term in ontology.terms("disease"):
        below = [placed[condition] for condition in ontology.conditions(term) if condition in placed]
        if term.is_group and below and sum(below) >= named["share"] * len(below):
            yield term


def _sites(term: "Term", ontology: "Ontology", frequencies: list[str]) -> set[str]:
    """Where a condition is always or often; of one that has no sites of its own, where what it is a kind of is."""
    for sayer in ontology.ancestors(term):  # itself first
        known = [k for k in ontology.knowledge(sayer) if k.relation in ("hasLocation", "hasTypicalSite")]
        if known:
            return {k.term.curie for k in known if k.relation == "hasLocation" or k.frequency in frequencies}
    return set()
