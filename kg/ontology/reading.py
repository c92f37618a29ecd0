"""The ontology's statements as terms, hierarchy and knowledge."""

import graphlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from kg.errors import InputError
from kg.ontology import vocabulary as v
from kg.ontology.term import Knowledge, Synonym, Term
from kg.rdfio import Document, compact


@dataclass(slots=True)
class Content:
    """What an ontology's file says; everything by CURIE."""

    iri: str
    version: str
    terms: dict[str, Term]
    superclasses: dict[str, list[str]]  # asserted, named
    wholes: dict[str, list[str]]  # part of
    knowledge: dict[str, list[Knowledge]] = field(default_factory=dict)


def interpret(path: Path, document: Document) -> Content:
    """The content of an ontology of this project's modelling (docs/architecture.md).

    Raises `InputError` when a class that is pointed to is absent, a level is no number from 1 to 4, or the hierarchy
    runs in a circle. `path` is for the messages.
    """
    return _Interpreter(path, document).content()


class _Interpreter:
    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self.prefixes = document.prefixes
        self.said: dict[object, dict[str, list[object]]] = {}
        classes, axioms, self.header = [], [], ""
        for quad in document.quads:
            subject, predicate, value = quad.subject, quad.predicate.value, quad.object
            self.said.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if predicate == v.TYPE and isinstance(value, ox.NamedNode):
                if value.value == v.CLASS and isinstance(subject, ox.NamedNode):
                    classes.append(subject)
                elif value.value == v.AXIOM:
                    axioms.append(subject)
                elif value.value == v.OWL + "Ontology":
                    self.header = str(getattr(subject, "value", ""))
        if not classes:
            raise InputError(f"{path}: the file declares no owl:Class; expected the ontology, such as derm1m.owl")
        self.classes = sorted(set(classes), key=lambda node: node.value)
        self.known = {node.value for node in self.classes}
        self.remarks = {self._annotated(axiom): self.said[axiom] for axiom in axioms}

    def content(self) -> Content:
        self.superclasses = {node.value: self._superclasses(node) for node in self.classes}
        self.restrictions = {node.value: list(self._restrictions(node)) for node in self.classes}
        above = {
            iri: [*self.superclasses[iri], *(whole for role, whole in self.restrictions[iri] if role == v.PART_OF)]
            for iri in self.superclasses
        }
        self._refuse_circles(above)
        self.kinds = self._kinds(above)
        terms = {term.curie: term for term in map(self._term, self.classes)}
        content = Content(self.header, self._version(), terms, {}, {})
        for node in self.classes:
            curie = self._curie(node.value)
            content.superclasses[curie] = [self._curie(iri) for iri in self.superclasses[node.value]]
            parts = {filler for role, filler in self.restrictions[node.value] if role == v.PART_OF}
            content.wholes[curie] = sorted(map(self._curie, parts))
            if known := list(self._knowledge(node, terms)):
                content.knowledge[curie] = known
        return content

    def _version(self) -> str:
        said = self.said.get(ox.NamedNode(self.header), {}) if self.header else {}
        versions = [
            str(getattr(n, "value", n)) for key in ("versionIRI", "versionInfo") for n in said.get(v.OWL + key, ())
        ]
        dates = [found[0] for text in versions if (found := re.search(r"\d{4}-\d{2}-\d{2}", text))]
        return next(iter([*dates, *versions]), "")

    def _annotated(self, axiom: object) -> tuple[object, ...]:
        parts = (
            self.said[axiom].get(v.OWL + f"annotated{part}", [None])[0] for part in ("Source", "Property", "Target")
        )
        return tuple(parts)

    def _curie(self, iri: str) -> str:
        return compact(iri, self.prefixes)

    def _must_exist(self, node: object, subject: str, predicate: str) -> str:
        if isinstance(node, ox.NamedNode) and node.value in self.known:
            return str(node.value)
        target = self._curie(node.value) if isinstance(node, ox.NamedNode) else str(node)
        raise InputError(
            f"{self.path}: {self._curie(subject)} {self._curie(predicate)} {target}, which is no class of the file; "
            "declare it or correct the identifier"
        )

    def _superclasses(self, node: ox.NamedNode) -> list[str]:
        told = [value for value in self.said[node].get(v.SUBCLASS, ()) if isinstance(value, ox.NamedNode)]
        told = [value for value in told if value.value != v.OWL + "Thing"]
        return sorted({self._must_exist(value, node.value, v.SUBCLASS) for value in told})

    def _restrictions(self, node: ox.NamedNode) -> Iterator[tuple[str, str]]:
        pending = [value for value in self.said[node].get(v.SUBCLASS, ()) if isinstance(value, ox.BlankNode)]
        while pending:
            said = self.said.get(pending.pop(0), {})
            pending += [
                operand
                for operands in said.get(v.OWL + "intersectionOf", ())
                for operand in self._list(operands)
                if isinstance(operand, ox.BlankNode)
            ]
            for role in said.get(v.OWL + "onProperty", ()):
                for filler in said.get(v.OWL + "someValuesFrom", ()):
                    if isinstance(role, ox.NamedNode) and isinstance(filler, ox.NamedNode):
                        yield role.value, self._must_exist(filler, node.value, role.value)

    def _list(self, node: object) -> Iterator[object]:
        while cell := self.said.get(node):
            yield from cell.get(v.RDF + "first", ())
            node = cell.get(v.RDF + "rest", [None])[0]

    def _refuse_circles(self, above: dict[str, list[str]]) -> None:
        try:
            graphlib.TopologicalSorter(above).prepare()
        except graphlib.CycleError as error:
            circle = " → ".join(f"{self._curie(iri)} ({self._label(iri)})" for iri in reversed(error.args[1]))
            raise InputError(
                f"{self.path}: the hierarchy runs in a circle: {circle}; remove one of its steps"
            ) from error

    def _kinds(self, above: dict[str, list[str]]) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for iri in graphlib.TopologicalSorter(above).static_order():
            from_above = [v.KIND_OF_ROOT.get(parent) or kinds[parent] for parent in above[iri]]
            inherited = next((kind for kind in from_above if kind != "other"), "other")
            if iri in v.KIND_OF_ROOT:
                inherited = "other"
            elif any(isinstance(value, ox.BlankNode) for value in self.said[ox.NamedNode(iri)].get(v.EQUIVALENT, ())):
                inherited = "defined"
            elif inherited == "defined":
                inherited = "disease"
            kinds[iri] = inherited
        return kinds

    def _label(self, iri: str) -> str:
        labels = [
            value for value in self.said.get(ox.NamedNode(iri), {}).get(v.LABEL, ()) if isinstance(value, ox.Literal)
        ]
        english = [label.value for label in labels if (label.language or "en").startswith("en")]
        return next(iter([*english, *(label.value for label in labels)]), self._curie(iri))

    def _term(self, node: ox.NamedNode) -> Term:
        said, iri = self.said[node], node.value
        malignancy = [self._label(value) for role, value in self.restrictions[iri] if role == v.HAS_MALIGNANCY]
        return Term(
            curie=self._curie(iri),
            iri=iri,
            label=self._label(iri),
            kind=self.kinds[iri],
            level=self._level(node),
            definition=next(iter(self._texts(said, v.DEFINITION)), None),
            malignancy=next(iter(malignancy), None),
            core=ox.NamedNode(v.CORE) in said.get(v.IN_SUBSET, ()),
            synonyms=tuple(self._synonyms(node)),
            excluded=tuple(self._texts(said, v.EXCLUDED_SYNONYM)),
            mappings=tuple(
                (name, target) for predicate, name in v.MAPPINGS.items() for target in self._texts(said, predicate)
            ),
            review_status=next(iter(self._texts(said, v.REVIEW_STATUS)), None),
            deprecated=any(text in ("true", "1") for text in self._texts(said, v.DEPRECATED)),
        )

    def _level(self, node: ox.NamedNode) -> int | None:
        levels = self._texts(self.said[node], v.LEVEL)
        if not levels:
            return None
        if len(levels) > 1 or levels[0] not in ("1", "2", "3", "4"):
            raise InputError(
                f"{self.path}: {self._curie(node.value)} has the hierarchy level {', '.join(levels)}; "
                "expected one number from 1 to 4"
            )
        return int(levels[0])

    def _texts(self, said: dict[str, list[object]], *predicates: str) -> list[str]:
        values = (value for predicate in predicates for value in said.get(predicate, ()))
        return sorted(
            self._curie(n.value) if isinstance(n, ox.NamedNode) else str(getattr(n, "value", n)) for n in values
        )

    def _synonyms(self, node: ox.NamedNode) -> Iterator[Synonym]:
        for predicate, scope in v.SYNONYMS.items():
            for text in sorted(self.said[node].get(predicate, ()), key=str):
                remarks = self.remarks.get((node, ox.NamedNode(predicate), text), {})
                types = [
                    self._label(n.value).removesuffix(" synonym")
                    for n in remarks.get(v.SYNONYM_TYPE, ())
                    if isinstance(n, ox.NamedNode)
                ]
                source = "; ".join(self._texts(remarks, *v.SOURCES)) or None
                yield Synonym(str(getattr(text, "value", text)), scope, next(iter(types), None), source)

    def _knowledge(self, node: ox.NamedNode, terms: dict[str, Term]) -> Iterator[Knowledge]:
        """What is always so first, then what is typical by falling frequency, then differentials, each by label."""
        always = [
            Knowledge(v.ALWAYS[role], terms[self._curie(filler)], None)
            for role, filler in self.restrictions[node.value]
            if role in v.ALWAYS
        ]
        yield from sorted(always, key=lambda known: known.term.label)
        typical = []
        for predicate, relation in v.TYPICALLY.items():
            for value in self.said[node].get(predicate, ()):
                term = terms[self._curie(self._must_exist(value, node.value, predicate))]
                remarks = self.remarks.get((node, ox.NamedNode(predicate), value), {})
                # the identifiers of HPO's frequencies run from obligate to excluded
                frequency = min(
                    (n.value for n in remarks.get(v.FREQUENCY, ()) if isinstance(n, ox.NamedNode)), default=""
                )
                typical.append(((frequency or "~", term.label), relation, term, frequency))
        for _, relation, term, frequency in sorted(typical, key=lambda row: (row[0], row[1])):
            yield Knowledge(relation, term, self._label(frequency) if frequency else None)
        yield from sorted(self._differentials(node, terms), key=lambda known: known.term.label)

    def _differentials(self, node: ox.NamedNode, terms: dict[str, Term]) -> Iterator[Knowledge]:
        for value in self.said[node].get(v.HAS_DIFFERENTIAL, ()):
            term = terms[self._curie(self._must_exist(value, node.value, v.HAS_DIFFERENTIAL))]
            remarks = self.remarks.get((node, ox.NamedNode(v.HAS_DIFFERENTIAL), value), {})
            apart = "; ".join(self._texts(remarks, v.DISTINGUISHED_BY)) or None
            yield Knowledge("hasDifferential", term, None, apart)
