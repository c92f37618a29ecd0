"""Prompts of a term at every level of the tree, made by walking the graph; worded by `templates/prompts.toml`."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from kg.errors import InputError
from kg.findings import finding_vocabulary, say_findings
from kg.sentences import concept_sentences, ontology_sentences
from kg.wording import read_templates, template

if TYPE_CHECKING:
    from kg.ontology import Ontology, Synonym, Term

__all__ = ["Prompt", "class_prompts", "concept_sentences", "ontology_sentences", "prompts", "style_names"]

LEVELS = (1, 2, 3, 4)

# What each variable of a template is taken from
_KNOWLEDGE = {
    "findings": ("hasDefiningFinding", "hasFinding"),
    "symptoms": ("hasTypicalSymptom",),
    "sites": ("hasLocation", "hasTypicalSite"),
}

_SPOKEN = re.compile(r"[^(),/]+")  # not the spelling of an index: "psoriasis (plaque)", "eczema, atopic"


@dataclass(frozen=True)
class Prompt:
    """A text that names or describes `term`, which stands at `level` (none for a term outside the tree)."""

    term: "Term"
    level: int | None
    style: str
    text: str


def style_names() -> list[str]:
    """The styles of prompts, in the order of the template file."""
    return [name for name in read_templates("prompts.toml") if name != "limits"]


def prompts(
    ontology: "Ontology", term: "Term", levels: Sequence[int] = LEVELS, styles: Sequence[str] | None = None
) -> list[Prompt]:
    """Prompts at each of `levels` from 1 down to the term's own: those of its ancestor at that level.

    A term outside the tree (a defined class, a finding) has prompts of itself only. Raises `InputError` for a level
    or a style that does not exist.
    """
    if wrong := [level for level in levels if level not in LEVELS]:
        raise InputError(f"there is no level {wrong[0]}: levels are 1 (the broadest) to 4 (conditions)")
    if term.level is None:
        return _of(ontology, term, styles)
    named = [ontology.level_ancestor(term, level) for level in sorted(set(levels)) if level <= term.level]
    return [prompt for ancestor in named if ancestor for prompt in _of(ontology, ancestor, styles)]


def class_prompts(
    ontology: "Ontology", terms: Sequence["Term"], styles: Sequence[str] | None = None
) -> dict[str, list[str]]:
    """The texts that stand for each term in zero-shot classification, by CURIE: encode each, average, normalise."""
    return {term.curie: [prompt.text for prompt in _of(ontology, term, styles)] for term in terms}


def _of(ontology: "Ontology", term: "Term", wanted: Sequence[str] | None) -> list[Prompt]:
    templates = read_templates("prompts.toml")
    values = _values(ontology, term, templates["limits"])
    texts: dict[str, str] = {}
    for style in wanted or style_names():
        if style not in style_names():
            raise InputError(f"there is no style of prompts '{style}': choose from {', '.join(style_names())}")
        for text in _texts(templates[style], values):
            texts.setdefault(text, style)
    return [Prompt(term, term.level, style, text) for text, style in texts.items()]


def _texts(style: dict[str, Any], values: dict[str, Any]) -> Iterable[str]:
    if not all(values[name] for name in style["needs"]):
        return
    plural = style.get("each")
    for item in values[plural] if plural else [None]:
        named = values | {plural[:-1]: item} if plural else values
        for source in style["texts"]:
            yield template(source).render(named)


def _values(ontology: "Ontology", term: "Term", limits: dict[str, Any]) -> dict[str, Any]:
    path = [t.label for t in ontology.path(term)] if term.level else [term.label]
    typical = {
        name: _typical(ontology, term, relations, limits["share"])[: limits[name]]
        for name, relations in _KNOWLEDGE.items()
    }
    return {
        "name": term.label,
        "parent": path[-2] if len(path) > 1 else "",
        "path": path,
        "synonyms": [
            s.text for s in term.synonyms if s.scope == "exact" and s.type is None and _SPOKEN.fullmatch(s.text)
        ],
        "findings": list(chain(*say_findings(typical["findings"], finding_vocabulary(ontology)))),
        "symptoms": [t.label for t in typical["symptoms"]],
        "sites": [t.label for t in typical["sites"]],
    }


def _is_spoken(synonym: "Synonym") -> bool:
    return synonym.scope == "exact" and synonym.type is None and bool(_SPOKEN.fullmatch(synonym.text))


def _typical(ontology: "Ontology", term: "Term", relations: tuple[str, ...], share: float) -> list["Term"]:
    """What the ontology says of the term, else of `share` of the conditions below it, else of a broader one above."""
    if own := _known(ontology, term, relations):
        return own
    described = [known for c in ontology.conditions(term) if (known := _known(ontology, c, relations))]
    counts = Counter(t for known in described for t in known)
    if shared := [t for t, n in counts.most_common() if len(described) > 1 and n >= share * len(described)]:
        return shared
    return _known(ontology, term, relations, inherited=True)


def _known(ontology: "Ontology", term: "Term", relations: tuple[str, ...], inherited: bool = False) -> list["Term"]:
    known = ontology.knowledge(term, inherited=inherited)
    return list(dict.fromkeys(k.term for k in known if k.relation in relations))
