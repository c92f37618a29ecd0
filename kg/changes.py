"""What differs between two versions of an ontology, in words, and how many pairs of a graph each change touches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.manchester import Wording, find_labels
from kg.owlxml import Annotation, Axiom, Entity, Kind, Structure
from kg.owlxml.axioms import OWL, RDFS, Sort, annotation_key, axiom_key
from kg.rdfio import compact

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

_KINDS = {
    Kind.CLASS: "term",
    Kind.OBJECT_PROPERTY: "object property",
    Kind.DATA_PROPERTY: "data property",
    Kind.ANNOTATION_PROPERTY: "annotation property",
    Kind.DATATYPE: "datatype",
    Kind.INDIVIDUAL: "individual",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that was added (no `before`), removed (no `after`) or changed, in words."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """An entity with its changes. `fate` is added, removed, deprecated, restored or changed."""

    id: str
    label: str
    kind: str
    fate: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between two versions; equal versions have none."""

    header: tuple[Change, ...]
    entities: tuple[Changed, ...]
    general: tuple[Change, ...]  # axioms that are about no single entity

    def __bool__(self) -> bool:
        return bool(self.header or self.entities or self.general)


def compare(old: Structure, new: Structure) -> Difference:
    """The difference of two versions, by axioms: order, prefixes and names of blank nodes do not count.

    Entities come by fate (added, removed, deprecated, restored, changed), then by identifier.
    """
    wording = Wording(find_labels(_labelling(old)) | find_labels(_labelling(new)))
    removed, added = old.axioms - new.axioms, new.axioms - old.axioms
    sections: dict[tuple[Kind | None, str], tuple[list[Axiom], list[Axiom]]] = defaultdict(lambda: ([], []))
    kinds = {entity.iri: entity.kind for entity in _declared(old.axioms | new.axioms)}
    for place, axioms in enumerate((removed, added)):
        for axiom in axioms:
            iri = _about(axiom)
            sections[kinds.get(iri) if iri else None, iri][place].append(axiom)
    general = sections.pop((None, ""), ([], []))
    entities = [_changed(wording, kind, iri, *changes) for (kind, iri), changes in sections.items()]
    order = ["added", "removed", "deprecated", "restored", "changed"]
    return Difference(
        header=tuple(_header(wording, old, new)),
        entities=tuple(sorted(entities, key=lambda entity: (order.index(entity.fate), entity.id))),
        general=tuple(_pair(wording, *general)),
    )


def _declared(axioms: Iterable[Axiom]) -> Iterator[Entity]:
    for axiom in axioms:
        if axiom.sort is Sort.DECLARATION and isinstance(axiom.subject, Entity):
            yield axiom.subject


def _about(axiom: Axiom) -> str:
    if isinstance(axiom.subject, Entity):
        return axiom.subject.iri
    return axiom.subject.value if isinstance(axiom.subject, ox.NamedNode) else ""


def _labelling(structure: Structure) -> Iterator[ox.Quad]:
    label = ox.NamedNode(RDFS + "label")
    for axiom in structure.axioms:
        subject, text = axiom.subject, axiom.object
        if axiom.predicate == label.value and isinstance(subject, ox.NamedNode) and isinstance(text, ox.Literal):
            yield ox.Quad(subject, label, text)


def _changed(wording: Wording, kind: Kind | None, iri: str, removed: list[Axiom], added: list[Axiom]) -> Changed:
    declared = [any(axiom.sort is Sort.DECLARATION for axiom in axioms) for axioms in (removed, added)]
    deprecated = [any(axiom.predicate == OWL + "deprecated" for axiom in axioms) for axioms in (removed, added)]
    fates = {(False, True): "added", (True, False): "removed"}
    turns = {(False, True): "deprecated", (True, False): "restored"}
    fate = fates.get((declared[0], declared[1])) or turns.get((deprecated[0], deprecated[1])) or "changed"
    said = [[axiom for axiom in axioms if axiom.sort is not Sort.DECLARATION] for axioms in (removed, added)]
    changes = tuple(_pair(wording, *said))
    return Changed(compact(iri), wording.name(iri), _KINDS[kind] if kind else "IRI", fate, changes)


def _pair(wording: Wording, removed: list[Axiom], added: list[Axiom]) -> Iterable[Change]:
    """Changes by what they say; one statement of a kind that went and one that came are one change."""
    went, came = (_by_predicate(wording, axioms) for axioms in (removed, added))
    for what in sorted(went.keys() | came.keys()):
        before, after = went.get(what, []), came.get(what, [])
        for axiom in list(before):
            same = [other for other in after if (other.subject, other.object) == (axiom.subject, axiom.object)]
            if same or (len(before) == len(after) == 1):
                other = same[0] if same else after[0]
                before.remove(axiom)
                after.remove(other)
                yield Change(what, wording.value(axiom), wording.value(other))
        yield from (Change(what, wording.value(axiom), None) for axiom in before)
        yield from (Change(what, None, wording.value(axiom)) for axiom in after)


def _by_predicate(wording: Wording, axioms: list[Axiom]) -> dict[str, list[Axiom]]:
    grouped: dict[str, list[Axiom]] = {}
    for axiom in sorted(axioms, key=axiom_key):
        grouped.setdefault(wording.predicate(axiom), []).append(axiom)
    return grouped


def _header(wording: Wording, old: Structure, new: Structure) -> Iterable[Change]:
    if old.iri != new.iri:
        yield Change("ontology", old.iri, new.iri)
    if old.version_iri != new.version_iri:
        yield Change("version", old.version_iri, new.version_iri)
    yield from (Change("imports", iri, None) for iri in sorted(old.imports - new.imports))
    yield from (Change("imports", None, iri) for iri in sorted(new.imports - old.imports))
    went, came = (sorted(a.annotations - b.annotations, key=annotation_key) for a, b in ((old, new), (new, old)))
    for annotation in went:
        same = [other for other in came if other.property == annotation.property]
        if len(same) == 1 and sum(other.property == annotation.property for other in went) == 1:
            came.remove(same[0])
            yield Change(wording.name(annotation.property), _told(wording, annotation), _told(wording, same[0]))
        else:
            yield Change(wording.name(annotation.property), _told(wording, annotation), None)
    yield from (Change(wording.name(annotation.property), None, _told(wording, annotation)) for annotation in came)


def _told(wording: Wording, annotation: Annotation) -> str:
    return wording.node(annotation.value) + wording.remarks(annotation.annotations)


def count_pairs(difference: Difference, graph: "KnowledgeGraph") -> dict[str, int]:
    """How many pairs each changed term touches: those with a fact of the term or of one below it, by CURIE.

    What is below a term is what the graph was built with, inferred places included. Terms that the graph does not
    know are absent.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    changed = pa.array([entity.id for entity in difference.entities], pa.string())
    closure = graph.closure(["term", "ancestor"])
    closure = closure.filter(pc.is_in(closure["ancestor"], value_set=changed))
    closure = closure.group_by(["term", "ancestor"]).aggregate([])
    facts = graph.facts(["pair", "term"])
    facts = facts.filter(pc.is_in(facts["term"], value_set=closure["term"].combine_chunks().unique()))
    pairs = facts["pair"].combine_chunks().dictionary_encode()
    touching = pa.table({"pair": pairs.indices, "term": facts["term"]}).group_by(["pair", "term"]).aggregate([])
    touching = touching.join(closure, "term", join_type="inner")
    counted = touching.group_by("ancestor").aggregate([("pair", "count_distinct")])
    counts = dict(zip(counted["ancestor"].to_pylist(), counted["pair_count_distinct"].to_pylist(), strict=True))
    return dict.fromkeys(closure["ancestor"].to_pylist(), 0) | counts
