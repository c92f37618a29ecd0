"""The ontology as an object: terms by any name, their hierarchy, and what is known of them."""

import functools
import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.ontology import tables
from kg.ontology.names import Names
from kg.ontology.reading import interpret
from kg.ontology.term import Knowledge, Term
from kg.ontology.vocabulary import TERM
from kg.rdfio import Document, read
from kg.resources import ontology_folder

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa


class Ontology:
    """A read-only view of an ontology file.

    Wherever a term is asked for, a `Term` or any reference that `term` understands will do. Answers are computed when
    first asked for and kept; nothing reasons until an inferred one is.
    """

    def __init__(self, path: Path, sha256: str, document: Document) -> None:
        content = interpret(path, document)
        self.file = path
        self.sha256 = sha256
        self.iri = content.iri
        self.version = content.version
        self.quads = document.quads
        self._terms = content.terms
        self._by_iri = {term.iri: term for term in content.terms.values()}
        self._knowledge = content.knowledge
        self._wholes = content.wholes
        self._superclasses = content.superclasses
        self._parents = {curie: self._tree_first(term) for curie, term in content.terms.items()}
        self._children: dict[str, list[Term]] = {}
        for curie, parents in self._parents.items():
            for parent in parents:
                self._children.setdefault(parent.curie, []).append(self._terms[curie])

    @classmethod
    def load(cls, path: Path | str | None = None) -> "Ontology":
        """Read RDF/XML, Turtle, N-Triples or JSON-LD, told apart by content; by default the project's own ontology.

        Raises `InputError` with the line when the file is broken, and naming the term when its content is.
        """
        file = Path(path) if path is not None else ontology_folder() / "derm1m.owl"
        document = read(file)
        return cls(file, hashlib.sha256(file.read_bytes()).hexdigest(), document)

    def __repr__(self) -> str:
        return f"<Ontology {self.iri} {self.version}, {len(self._terms)} terms>"

    def __len__(self) -> int:
        return len(self._terms)

    def term(self, ref: "str | Term") -> Term:
        """The term with this IRI, CURIE, label or exact synonym (case, hyphens and spaces do not matter).

        Raises `UnknownTerm`, with the nearest names, or `AmbiguousTerm`, with those that share the name.
        """
        if isinstance(ref, Term):
            ref = ref.curie
        key = ref.strip().removeprefix("<").removesuffix(">")
        found = self._terms.get(key) or self._by_iri.get(key) or self._by_iri.get(TERM + key.removeprefix("DERM_"))
        return found or self._names.find(ref)

    @functools.cached_property
    def _names(self) -> Names:
        return Names(self._terms.values())

    def terms(self, *kinds: str) -> list[Term]:
        """The terms of these kinds, all of them without one, by CURIE."""
        return [term for _, term in sorted(self._terms.items()) if not kinds or term.kind in kinds]

    def _tree_first(self, term: Term) -> list[Term]:
        above = [*self._superclasses[term.curie], *self._wholes[term.curie]]
        terms = [self._terms[curie] for curie in dict.fromkeys(above)]
        step = (term.level or 0) - 1
        return sorted(terms, key=lambda parent: parent.level != step if term.level else parent.kind == "other")

    def parents(self, term: "str | Term") -> list[Term]:
        """The asserted parents, roots included, the one in the tree first; of a site also what it is part of."""
        return list(self._parents[self.term(term).curie])

    def children(self, term: "str | Term") -> list[Term]:
        """The terms that have this one as an asserted parent, by label."""
        return sorted(self._children.get(self.term(term).curie, ()), key=lambda child: child.label)

    def superclasses(self, term: "str | Term") -> list[Term]:
        """The asserted parents by subclass alone, the one in the tree first."""
        curie = self.term(term).curie
        return [parent for parent in self._parents[curie] if parent.curie in self._superclasses[curie]]

    def part_of(self, site: "str | Term") -> list[Term]:
        """The sites that this one is asserted to be part of."""
        return [self._terms[curie] for curie in self._wholes[self.term(site).curie]]

    def tree_parent(self, term: "str | Term") -> Term | None:
        """The parent in the tree: of a disease the one a level up, of another term its first; None below a root."""
        term = self.term(term)
        first = next(iter(self._parents[term.curie]), None)
        if first is None or first.kind == "other":
            return None
        return first if term.level is None or first.level == term.level - 1 else None

    def path(self, term: "str | Term") -> tuple[Term, ...]:
        """The way along the tree from the broadest ancestor (level 1) down to the term itself."""
        way = [self.term(term)]
        while parent := self.tree_parent(way[-1]):
            way.append(parent)
        return tuple(reversed(way))

    def level_ancestor(self, term: "str | Term", level: int) -> Term | None:
        """The ancestor along the tree at this level, the term itself at its own; None below it."""
        return next((step for step in self.path(term) if step.level == level), None)

    def lowest_common_ancestor(self, one: "str | Term", other: "str | Term") -> Term | None:
        """The deepest term on both ways along the tree; None when only the root is common."""
        shared = [a for a, b in zip(self.path(one), self.path(other), strict=False) if a == b]
        return shared[-1] if shared else None

    def to_networkx(self) -> "nx.DiGraph[str]":
        """The asserted hierarchy as a graph of CURIEs, an edge from each child to each parent.

        Nodes carry `label`, `kind` and, where there is one, `level`; edges carry `relation`, subClassOf or partOf.
        """
        return self._graph.copy()

    @functools.cached_property
    def _graph(self) -> "nx.DiGraph[str]":
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for curie, term in self._terms.items():
            level = {} if term.level is None else {"level": term.level}
            graph.add_node(curie, label=term.label, kind=term.kind, **level)
        for curie in self._terms:
            graph.add_edges_from(((curie, whole) for whole in self._wholes[curie]), relation="partOf")
            graph.add_edges_from(((curie, above) for above in self._superclasses[curie]), relation="subClassOf")
        return graph

    def ancestors(self, term: "str | Term") -> dict[Term, int]:
        """Every asserted ancestor with the number of steps to it, nearest first; the term itself at 0.

        Same-level parents count, and for sites what they are part of; roots do not.
        """
        import networkx as nx

        term = self.term(term)
        steps = nx.single_source_shortest_path_length(self._graph, term.curie)
        found = {self._terms[curie]: distance for curie, distance in steps.items()}
        return {above: distance for above, distance in found.items() if above == term or above.kind != "other"}

    def descendants(self, term: "str | Term") -> set[Term]:
        """The term and every term below it; of a defined class, what a reasoner places there."""
        import networkx as nx

        term = self.term(term)
        below = {self._terms[curie] for curie in nx.ancestors(self._graph, term.curie)} | {term}
        if term.kind == "defined":
            below |= {member for member in self._terms.values() if term in self._inferred.get(member.curie, ())}
        return below

    def conditions(self, term: "str | Term") -> list[Term]:
        """The level-4 terms at or below this one, by CURIE."""
        return sorted((below for below in self.descendants(term) if below.is_condition), key=lambda t: t.curie)

    def inferred_ancestors(self, term: "str | Term") -> set[Term]:
        """The defined classes that follow from the axioms to be above the term, the asserted ones left out."""
        return set(self._inferred.get(self.term(term).curie, ()))

    @functools.cached_property
    def _inferred(self) -> dict[str, set[Term]]:
        from kg.reasoning import classify, read_axioms

        inferred: dict[str, set[Term]] = {}
        for below, above in classify(read_axioms(self.quads)).subsumptions:
            if self._by_iri[above].kind == "defined":
                inferred.setdefault(self._by_iri[below].curie, set()).add(self._by_iri[above])
        return {curie: above.difference(self.ancestors(curie)) for curie, above in inferred.items()}

    def knowledge(self, term: "str | Term", inherited: bool = False) -> list[Knowledge]:
        """What the ontology says of a disease: first what holds of every case, then by falling frequency, by label.

        With `inherited`, what it says of the ancestors follows, nearest first, unless it was said already.
        """
        term = self.term(term)
        sayers = self.ancestors(term) if inherited else [term]
        said: dict[tuple[str, Term], Knowledge] = {}
        for sayer in sayers:
            for known in self._knowledge.get(sayer.curie, ()):
                said.setdefault((known.relation, known.term), known)
        return list(said.values())

    def closure(self) -> "pa.Table":
        """Every (term, ancestor, distance) of `kg.pairs.CLOSURE`, asserted and inferred."""
        return tables.closure(self)

    def table(self) -> "pa.Table":
        """The terms as `kg.pairs.TERMS`, those of the kind `other` left out."""
        return tables.terms(self)

    def knowledge_table(self) -> "pa.Table":
        """The edges between terms as `kg.pairs.KNOWLEDGE`: knowledge, part of, and asserted subclasses."""
        return tables.knowledge(self)

    def statistics(self) -> dict[str, Any]:
        """Counts: terms by kind, diseases by level, definitions, synonyms by scope, mappings by vocabulary, knowledge.

        The values are numbers, or dicts of numbers by name in falling order.
        """
        terms = self.terms()
        diseases = self.terms("disease")
        return {
            "iri": self.iri,
            "version": self.version,
            "terms": _tally(term.kind for term in terms),
            "levels": {level: sum(term.level == level for term in diseases) for level in (1, 2, 3, 4)},
            "core": sum(term.core for term in terms),
            "malignancy": _tally(term.malignancy for term in diseases if term.malignancy),
            "definitions": sum(term.definition is not None for term in terms),
            "synonyms": _tally(synonym.scope for term in terms for synonym in term.synonyms),
            "excluded synonyms": sum(len(term.excluded) for term in terms),
            "mappings": _tally(target.partition(":")[0] for term in terms for _, target in term.mappings),
            "knowledge": _tally(known.relation for rows in self._knowledge.values() for known in rows),
            "review": _tally(term.review_status for term in terms if term.review_status),
        }


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())
