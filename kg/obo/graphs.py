"""OBO Graphs JSON (https://github.com/geneontology/obographs): nodes, edges and what is said of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from kg.obo.frames import COMMENT, XREF, Frame, chain_of, iris_of, read_frames, remarks
from kg.ontology import vocabulary as v
from kg.owlxml import Annotation, Axiom, Entity, Kind, Structure
from kg.owlxml.axioms import Sort, annotation_key

_KINDS = {
    Kind.CLASS: {"type": "CLASS"},
    Kind.OBJECT_PROPERTY: {"type": "PROPERTY", "propertyType": "OBJECT"},
    Kind.ANNOTATION_PROPERTY: {"type": "PROPERTY", "propertyType": "ANNOTATION"},
}
_OWN_KEY = {v.LABEL, v.DEFINITION, COMMENT, XREF, v.IN_SUBSET, *v.SYNONYMS}


def to_obographs(structure: Structure) -> tuple[dict[str, Any], list[Axiom]]:
    """The ontology as an OBO Graphs document, and the axioms that it has no place for.

    Values are text, without language or datatype. Annotations of axioms stand in the `meta` of the edge or value.
    """
    frames, left = read_frames(structure)
    edges: list[dict[str, Any]] = []
    definitions: list[dict[str, Any]] = []
    chains: list[dict[str, Any]] = []
    same: list[dict[str, Any]] = []
    for frame in frames:
        edges += _edges(frame)
        if frame.definition:
            definitions.append(_definition(frame.iri, *frame.definition))
        for axiom in frame.further:
            if links := chain_of(axiom):
                chains.append({"predicateId": frame.iri, "chainPredicateIds": list(links)} | _meta(axiom))
            elif axiom.sort is Sort.EQUIVALENT_CLASSES and isinstance(axiom.object, Entity):
                same.append({"representativeNodeId": frame.iri, "nodeIds": [frame.iri, axiom.object.iri]})
            else:
                left.append(axiom)
    header = sorted(structure.annotations, key=annotation_key)
    graph = {
        "id": structure.iri,
        "meta": _filled({"version": structure.version_iri, "basicPropertyValues": list(map(_value, header))}),
        "nodes": [_node(frame) for frame in frames],
        "edges": edges,
        "equivalentNodesSets": same,
        "logicalDefinitionAxioms": definitions,
        "propertyChainAxioms": chains,
    }
    return {"graphs": [_filled(graph)]}, left


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value}


def _node(frame: Frame) -> dict[str, Any]:
    node: dict[str, Any] = {"id": frame.iri, "lbl": frame.text(v.LABEL), **_KINDS[frame.entity.kind]}
    said = frame.annotations
    definition = [{"val": _text(a.object)} | _filled({"xrefs": _xrefs(a)}) | _meta(a, XREF) for a in said[v.DEFINITION]]
    meta = {
        "definition": definition[0] if definition else None,
        "comments": [_text(axiom.object) for axiom in said.get(COMMENT, ())],
        "subsets": [_text(axiom.object) for axiom in said.get(v.IN_SUBSET, ())],
        "synonyms": list(_synonyms(frame)),
        "xrefs": [{"val": _text(axiom.object)} | _meta(axiom) for axiom in said.get(XREF, ())],
        "basicPropertyValues": [
            {"pred": predicate, "val": _text(axiom.object)} | _meta(axiom)
            for predicate, axioms in said.items()
            if predicate not in _OWN_KEY
            for axiom in axioms
        ],
        "deprecated": frame.is_obsolete(),
    }
    return _filled(node | {"meta": _filled(meta)})


def _synonyms(frame: Frame) -> Iterator[dict[str, Any]]:
    for predicate in v.SYNONYMS:
        for axiom in frame.annotations.get(predicate, ()):
            types = [node.value for node in iris_of(axiom, v.SYNONYM_TYPE)]
            synonym = {"synonymType": types[0]} if types else {}
            pred = {"pred": predicate.rpartition("#")[2], "val": _text(axiom.object)}
            yield synonym | pred | _filled({"xrefs": _xrefs(axiom)}) | _meta(axiom, XREF, v.SYNONYM_TYPE)


def _edges(frame: Frame) -> Iterator[dict[str, Any]]:
    above = "is_a" if frame.entity.kind is Kind.CLASS else "subPropertyOf"
    for parent, axiom in frame.parents:
        yield {"sub": frame.iri, "pred": above, "obj": parent} | _meta(axiom)
    for role, filler, axiom in frame.restrictions:
        yield {"sub": frame.iri, "pred": role, "obj": filler} | _meta(axiom)


def _definition(
    iri: str, genera: tuple[str, ...], differentiae: tuple[tuple[str, str], ...], axiom: Axiom
) -> dict[str, Any]:
    restrictions = [{"propertyId": role, "fillerId": filler} for role, filler in differentiae]
    return {"definedClassId": iri, "genusIds": list(genera), "restrictions": restrictions} | _meta(axiom)


def _meta(axiom: Axiom, *but: str) -> dict[str, Any]:
    said = _values(remarks(axiom, *but))
    return {"meta": {"basicPropertyValues": said}} if said else {}


def _values(annotations: Iterable[Annotation]) -> list[dict[str, str]]:
    return [_value(annotation) for annotation in annotations]


def _value(annotation: Annotation) -> dict[str, str]:
    return {"pred": annotation.property, "val": annotation.value.value}


def _xrefs(axiom: Axiom) -> list[str]:
    return [annotation.value.value for annotation in axiom.annotations if annotation.property == XREF]


def _text(value: object) -> str:
    return value.value if isinstance(value, ox.NamedNode | ox.Literal) else ""
