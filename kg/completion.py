"""What may stand where a query is being written: keywords, names of the graph, and terms by their names."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg.property_graph import EDGES, NODES
from kg.resources import ontology_folder
from kg.sparql import PREFIXES

if TYPE_CHECKING:
    from kg.graph import Language
    from kg.ontology import Ontology

_SPARQL_WORD = re.compile(r"(?P<word>[\w:.\-]+)$")
_CYPHER_WORD = re.compile(r"(?P<after>[:|.]?)\s*(?P<word>\w+)$")
_KIND_AFTER = {":": ("label", "type"), "|": ("label", "type"), ".": ("property",), "": ("", "label", "type")}
_OPEN_STRING = re.compile(
    r"""(?:[^"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*(?P<mark>["'])(?P<inside>[^"'\\]*)""", re.DOTALL
)
_LEAST = 2
"""Characters of a name before terms are offered."""


class _Found(NamedTuple):
    """A term, and the exact synonym by which it was found where that is not its label."""

    curie: str
    label: str
    synonym: str

    def note(self, other: str) -> str:
        return f"{other} = {self.synonym}" if self.synonym else other


@dataclass(frozen=True)
class Suggestion:
    """A text that may take the place of the last `replaced` characters before the cursor."""

    text: str
    replaced: int
    note: str = ""


class Completion:
    """Suggestions for queries on a graph with these terms."""

    def __init__(self, ontology: "Ontology") -> None:
        self._ontology = ontology

    def suggest(self, before: str, language: "Language", limit: int = 50) -> list[Suggestion]:
        """What may follow the text before the cursor, at most `limit`, the likeliest first.

        Within quotes these are labels of terms; after `DERM:` their identifiers; either by a part of the label or of
        an exact synonym, which the note tells. Else they are keywords and names that begin with the word (in Cypher
        labels, types and properties; in SPARQL prefixed names).
        """
        if inside := _OPEN_STRING.fullmatch(before):
            end = inside["mark"] + ("@en" if language == "sparql" else "")
            found = ((term.label + end, term.note(term.curie)) for term in self._terms_like(inside["inside"]))
            return _first(found, len(inside["inside"]), limit)
        if language == "sparql":
            return self._suggest_sparql(before, limit)
        if not (found_word := _CYPHER_WORD.search(before)):
            return []
        word, kinds = found_word["word"], _KIND_AFTER[found_word["after"]]
        names = ((name, note) for name, note in self._cypher if note in kinds and _begins(name, word))
        return _first(names, len(word), limit)

    def _suggest_sparql(self, before: str, limit: int) -> list[Suggestion]:
        if not (found := _SPARQL_WORD.search(before)):
            return []
        word = found["word"]
        if word.startswith("DERM:"):
            terms = self._terms_like(word.removeprefix("DERM:"))
            return _first(((term.curie, term.note(term.label)) for term in terms), len(word), limit)
        return _first(((name, note) for name, note in self._sparql if _begins(name, word)), len(word), limit)

    def _terms_like(self, part: str) -> list[_Found]:
        """The terms of which a name or the identifier holds the part: by a label that begins with it first, then by a
        synonym that does, then by what else holds it.
        """
        key = part.casefold()
        if len(key) < _LEAST:
            return []

        def rank(found: _Found) -> tuple[bool, bool, str]:
            return not (found.synonym or found.label).casefold().startswith(key), bool(found.synonym), found.label

        found = []
        for curie, label, synonyms in self._terms:
            if key in label.casefold() or curie.endswith(part):
                found.append(_Found(curie, label, ""))
            elif by := [synonym for synonym in synonyms if key in synonym.casefold()]:
                found.append(_Found(curie, label, min(by, key=lambda text: not text.casefold().startswith(key))))
        return sorted(found, key=rank)

    @cached_property
    def _terms(self) -> list[tuple[str, str, list[str]]]:
        return [
            (term.curie, term.label, [synonym.text for synonym in term.synonyms if synonym.scope == "exact"])
            for term in self._ontology.terms()
            if term.kind != "other"
        ]

    @cached_property
    def _cypher(self) -> list[tuple[str, str]]:
        properties = {name for names in NODES.values() for name in names}
        properties |= {name for edge in EDGES.values() for name in edge.properties}
        named = [*((name, "label") for name in NODES), *((name, "type") for name in EDGES)]
        return [*named, *((name, "property") for name in sorted(properties)), *_keywords("cypher")]

    @cached_property
    def _sparql(self) -> list[tuple[str, str]]:
        return [*_vocabulary(), *((f"{prefix}:", iri) for prefix, iri in PREFIXES.items()), *_keywords("sparql")]


def _keywords(language: str) -> list[tuple[str, str]]:
    read = tomllib.loads((Path(__file__).parent / "keywords.toml").read_text(encoding="utf-8"))
    return [(word, "") for word in read[language]]


def _vocabulary() -> list[tuple[str, str]]:
    """The classes and properties of the pair graph, and the annotations that queries use most, with their labels."""
    import pyoxigraph as ox

    label, base = f"{PREFIXES['rdfs']}label", PREFIXES["d1m"]
    named = [q for q in ox.parse(path=ontology_folder() / "pairs.ttl") if q.predicate.value == label]
    own = [(f"d1m:{q.subject.value.removeprefix(base)}", q.object.value) for q in named]
    common = ("rdfs:label", "rdfs:subClassOf", "dcterms:identifier", "dcterms:license", "skos:exactMatch")
    return [*sorted(own), *((name, "") for name in (*common, "oboInOwl:hasExactSynonym"))]


def _begins(name: str, word: str) -> bool:
    return name.casefold().startswith(word.casefold()) and name != word


def _first(found: Iterable[tuple[str, str]], replaced: int, limit: int) -> list[Suggestion]:
    return [Suggestion(text, replaced, note) for text, note in islice(found, limit)]
