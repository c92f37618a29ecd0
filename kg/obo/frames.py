"""An ontology entity by entity: what is said of each class and property, sorted into the parts that OBO knows."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from kg.ontology import vocabulary as v
from kg.owlxml import Annotation, Axiom, Entity, Expression, Kind, Structure
from kg.owlxml.axioms import Sort, axiom_key
from kg.rdfio import PREFIXES

COMMENT = v.RDFS + "comment"
XREF = PREFIXES["oboInOwl"] + "hasDbXref"
_SUBPROPERTY = v.RDFS + "subPropertyOf"
_SOME, _ON, _AND = v.OWL + "someValuesFrom", v.OWL + "onProperty", v.OWL + "intersectionOf"

ONE_EACH = (v.LABEL, v.DEFINITION)
"""What an entity has once in OBO: in English, else without a language, else in the first language there is."""


@dataclass(slots=True)
class Frame:
    """What an ontology says of one entity. `parents` are named; a restriction is (role, filler) by IRI."""

    entity: Entity
    annotations: dict[str, list[Axiom]] = field(default_factory=lambda: defaultdict(list))
    parents: list[tuple[str, Axiom]] = field(default_factory=list)
    restrictions: list[tuple[str, str, Axiom]] = field(default_factory=list)
    definition: tuple[tuple[str, ...], tuple[tuple[str, str], ...], Axiom] | None = None
    further: list[Axiom] = field(default_factory=list)

    @property
    def iri(self) -> str:
        return self.entity.iri

    def text(self, predicate: str) -> str | None:
        """The one value of a label or definition."""
        said = self.annotations.get(predicate, ())
        return next((axiom.object.value for axiom in said if isinstance(axiom.object, ox.Literal)), None)

    def is_obsolete(self) -> bool:
        said = self.annotations.get(v.DEPRECATED, ())
        return any(isinstance(a.object, ox.Literal) and a.object.value in ("true", "1") for a in said)


def read_frames(structure: Structure) -> tuple[list[Frame], list[Axiom]]:
    """The frames of the declared classes, object and annotation properties, by kind and IRI; and the axioms in none.

    In none are axioms about other entities or about no named one, a second definition of a class, and labels and
    definitions beside the one in English.
    """
    axioms = sorted(structure.axioms, key=axiom_key)
    frames: dict[str, Frame] = {}
    left: list[Axiom] = []
    kinds = (Kind.CLASS, Kind.OBJECT_PROPERTY, Kind.ANNOTATION_PROPERTY)
    for axiom in axioms:
        if axiom.sort is Sort.DECLARATION and isinstance(axiom.subject, Entity):
            if axiom.subject.kind in kinds and axiom.subject.iri not in frames:
                frames[axiom.subject.iri] = Frame(axiom.subject)
            else:
                left.append(axiom)
    for axiom in axioms:
        if axiom.sort is Sort.DECLARATION:
            continue
        frame = frames.get(_about(axiom.subject))
        if frame is None:
            left.append(axiom)
        else:
            _place(frame, axiom)
    for frame in frames.values():
        for predicate in ONE_EACH:
            said = sorted(frame.annotations.get(predicate, ()), key=_language)
            left += said[1:]
            frame.annotations[predicate] = said[:1]
    return sorted(frames.values(), key=lambda frame: (kinds.index(frame.entity.kind), frame.iri)), left


def _about(subject: object) -> str:
    if isinstance(subject, Entity):
        return subject.iri
    return subject.value if isinstance(subject, ox.NamedNode) else ""


def _language(axiom: Axiom) -> tuple[bool, bool]:
    language = axiom.object.language if isinstance(axiom.object, ox.Literal) else None
    return language != "en", language is not None


def _place(frame: Frame, axiom: Axiom) -> None:
    if axiom.sort is Sort.ANNOTATION_ASSERTION:
        frame.annotations[axiom.predicate].append(axiom)
    elif axiom.predicate in (v.SUBCLASS, _SUBPROPERTY) and isinstance(axiom.object, Entity):
        frame.parents.append((axiom.object.iri, axiom))
    elif axiom.sort is Sort.SUBCLASS_OF and (restriction := _restriction(axiom.object)):
        frame.restrictions.append((*restriction, axiom))
    elif axiom.sort is Sort.EQUIVALENT_CLASSES and not frame.definition and (parts := _intersection(axiom.object)):
        frame.definition = (*parts, axiom)
    else:
        frame.further.append(axiom)


def _restriction(node: object) -> tuple[str, str] | None:
    """Role and filler of `role some filler` with both named."""
    said = dict(node.parts) if isinstance(node, Expression) else {}
    role, filler = said.get(_ON), said.get(_SOME)
    if isinstance(role, Entity) and role.kind is Kind.OBJECT_PROPERTY and isinstance(filler, Entity):
        return role.iri, filler.iri
    return None


def _intersection(node: object) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]] | None:
    """Named classes and restrictions of an intersection of nothing else."""
    operands = dict(node.parts).get(_AND) if isinstance(node, Expression) else None
    if not isinstance(operands, tuple):
        return None
    genera = tuple(operand.iri for operand in operands if isinstance(operand, Entity))
    differentiae = tuple(found for operand in operands if (found := _restriction(operand)))
    return (genera, differentiae) if len(genera) + len(differentiae) == len(operands) else None


def chain_of(axiom: Axiom) -> tuple[str, ...]:
    """The named properties of a property chain in order; none when it is no such axiom."""
    links = axiom.object if axiom.sort is Sort.SUB_PROPERTY_CHAIN_OF and isinstance(axiom.object, tuple) else ()
    named = tuple(link.iri for link in links if isinstance(link, Entity))
    return named if len(named) == len(links) else ()


def iris_of(axiom: Axiom, predicate: str) -> Iterator[ox.NamedNode]:
    """The resources by which an axiom is annotated with a property."""
    return (a.value for a in axiom.annotations if a.property == predicate and isinstance(a.value, ox.NamedNode))


def remarks(axiom: Axiom, *but: str) -> list[Annotation]:
    """The annotations of an axiom but for those that have a place of their own."""
    return [annotation for annotation in axiom.annotations if annotation.property not in but]
