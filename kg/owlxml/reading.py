"""RDF statements as OWL axioms, by the OWL 2 mapping to RDF graphs (W3C 2012).

Nothing is passed over: a statement that belongs to no axiom is refused by name. So are individuals without an IRI,
negative assertions and rules, which an ontology of terms has no use for.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from kg.errors import InputError
from kg.owlxml.axioms import (
    OWL,
    RDF,
    RDFS,
    SYMMETRIC,
    Annotation,
    Axiom,
    Entity,
    Kind,
    Node,
    Sort,
    Structure,
    annotation_key,
    entities,
    entities_within,
    node_key,
)
from kg.owlxml.expressions import Expressions, as_set, kind_of
from kg.owlxml.statements import TYPE, NoAxiomError, Statements, declared_entity, iri_of, is_built_in
from kg.rdfio import compact, read

_KINDS = {kind.value: kind for kind in Kind}
_CHARACTERISTICS = {
    OWL + f"{name}Property": Sort(f"{name}ObjectProperty")
    for name in (
        *("Functional", "InverseFunctional", "Symmetric", "Asymmetric"),
        *("Transitive", "Reflexive", "Irreflexive"),
    )
}
_CLASS_AXIOMS = {
    RDFS + "subClassOf": Sort.SUBCLASS_OF,
    OWL + "equivalentClass": Sort.EQUIVALENT_CLASSES,
    OWL + "disjointWith": Sort.DISJOINT_CLASSES,
}
_INDIVIDUAL_AXIOMS = {OWL + "sameAs": Sort.SAME_INDIVIDUAL, OWL + "differentFrom": Sort.DIFFERENT_INDIVIDUALS}
_OBJECT, _DATA, _ANNOTATION = Kind.OBJECT_PROPERTY, Kind.DATA_PROPERTY, Kind.ANNOTATION_PROPERTY
_PROPERTY_AXIOMS = {
    RDFS + "subPropertyOf": {
        _OBJECT: Sort.SUB_OBJECT_PROPERTY_OF,
        _DATA: Sort.SUB_DATA_PROPERTY_OF,
        _ANNOTATION: Sort.SUB_ANNOTATION_PROPERTY_OF,
    },
    OWL + "equivalentProperty": {_OBJECT: Sort.EQUIVALENT_OBJECT_PROPERTIES, _DATA: Sort.EQUIVALENT_DATA_PROPERTIES},
    OWL + "propertyDisjointWith": {_OBJECT: Sort.DISJOINT_OBJECT_PROPERTIES, _DATA: Sort.DISJOINT_DATA_PROPERTIES},
    OWL + "inverseOf": {_OBJECT: Sort.INVERSE_OBJECT_PROPERTIES},
    RDFS + "domain": {
        _OBJECT: Sort.OBJECT_PROPERTY_DOMAIN,
        _DATA: Sort.DATA_PROPERTY_DOMAIN,
        _ANNOTATION: Sort.ANNOTATION_PROPERTY_DOMAIN,
    },
    RDFS + "range": {
        _OBJECT: Sort.OBJECT_PROPERTY_RANGE,
        _DATA: Sort.DATA_PROPERTY_RANGE,
        _ANNOTATION: Sort.ANNOTATION_PROPERTY_RANGE,
    },
}
_CHAIN, _UNION, _KEY = OWL + "propertyChainAxiom", OWL + "disjointUnionOf", OWL + "hasKey"
_OF_NAMELESS = {*_CLASS_AXIOMS, *_PROPERTY_AXIOMS, _CHAIN} - {OWL + "inverseOf"}
_TOGETHER = {
    OWL + "AllDisjointClasses": OWL + "members",
    OWL + "AllDisjointProperties": OWL + "members",
    OWL + "AllDifferent": OWL + "distinctMembers",
}
_PAIRWISE = {
    Sort.DISJOINT_CLASSES: OWL + "disjointWith",
    Sort.DISJOINT_OBJECT_PROPERTIES: OWL + "propertyDisjointWith",
    Sort.DISJOINT_DATA_PROPERTIES: OWL + "propertyDisjointWith",
    Sort.DIFFERENT_INDIVIDUALS: OWL + "differentFrom",
}
_SOURCE, _PROPERTY, _TARGET = (OWL + f"annotated{part}" for part in ("Source", "Property", "Target"))

_Reading = tuple[Sort, Node, Node]


def read_structure(quads: Iterable[ox.Quad]) -> Structure:
    """The ontology that the statements state, with a declaration of every entity that lacks one.

    Raises `InputError`, listing them, when statements belong to no axiom of OWL: an editor would drop them.
    """
    return _Reader(Statements(quads)).read()


def load_structure(path: Path) -> Structure:
    """The ontology in a file. Raises `InputError`, naming the file, as `read_structure` and `kg.rdfio.read` do."""
    quads = read(path).quads
    try:
        return read_structure(quads)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


class _Reader:
    def __init__(self, statements: Statements) -> None:
        self.statements = statements
        self.expressions = Expressions(statements)
        self.reasons: dict[object, str] = {}
        self.remarks: dict[object, list[tuple[Annotation, ...]]] = {}
        self.inner: dict[object, list[object]] = {}  # nodes of annotations by the node that they annotate

    def read(self) -> Structure:
        headers = set(self.statements.of_type(OWL + "Ontology"))
        header = headers.pop() if len(headers) == 1 else None
        if not isinstance(header, ox.NamedNode):
            raise InputError("no single owl:Ontology with an IRI: an ontology file states exactly one")
        self._read_remarks()
        structure = Structure(header.value)
        self._read_header(structure, header)
        axioms: set[Axiom] = set()
        for statement in self.statements.all:
            if statement[0] != header or statement in self.statements.unread:
                try:
                    axioms.update(self._axioms(*statement))
                except NoAxiomError as error:
                    self.reasons[statement] = str(error)
        self._refuse_unread()
        axioms = {axiom for axiom in axioms if not _repeats(axiom, axioms)}
        used = {entity for axiom in axioms for entity in entities(axiom)}
        used |= set(entities_within(*structure.annotations))
        declared = {axiom.subject for axiom in axioms if axiom.sort is Sort.DECLARATION}
        axioms |= {
            Axiom(Sort.DECLARATION, entity, TYPE, ox.NamedNode(entity.kind))
            for entity in used - declared
            if not is_built_in(entity.iri)
        }
        structure.axioms = frozenset(axioms)
        return structure

    def _refuse_unread(self) -> None:
        unread = [statement for statement in self.statements.all if statement in self.statements.unread]
        if not unread:
            return
        lines = []
        for subject, predicate, value in unread[:10]:
            nameless = "said of a node without an IRI" if isinstance(subject, ox.BlankNode) else None
            reason = self.reasons.get((subject, predicate, value), nameless)
            told = " ".join((_show(subject), compact(predicate), _show(value)))
            lines.append(f"\n  {told}" + (f" ({reason})" if reason else ""))
        rest = f"\n  and {len(unread) - 10} more" if len(unread) > 10 else ""
        raise InputError(
            f"{len(unread)} statement(s) are part of no OWL axiom and would be lost when an editor saves the file:"
            f"{''.join(lines)}{rest}\nRemove them or state them as axioms or annotations."
        )

    def _read_header(self, structure: Structure, header: ox.NamedNode) -> None:
        annotations: set[Annotation] = set()
        for predicate, values in self.statements.about(header).items():
            for value in values:
                if predicate == TYPE and value != ox.NamedNode(OWL + "Ontology"):
                    continue
                if predicate == OWL + "versionIRI" and len(values) == 1:
                    structure.version_iri = iri_of(value)
                elif predicate == OWL + "imports":
                    structure.imports |= {iri_of(value)}
                elif predicate != TYPE:
                    if not isinstance(value, ox.NamedNode | ox.Literal):
                        continue
                    remarks = self.remarks.get((header, predicate, value), [()])
                    annotations |= {Annotation(predicate, value, remark) for remark in remarks}
                self.statements.mark(header, predicate, value)
        structure.annotations = frozenset(annotations)

    def _read_remarks(self) -> None:
        """Collect the annotations of axioms by what they annotate."""
        nodes = self.statements.of_type(OWL + "Axiom", OWL + "Annotation")
        for node in nodes:
            self.inner.setdefault(self.statements.only(node, _SOURCE), []).append(node)
        for node in nodes:
            try:
                target = self._target(node)
            except NoAxiomError as error:
                self.reasons[node, TYPE, self.statements.only(node, TYPE)] = str(error)
                continue
            if target is not None:
                self.remarks.setdefault(target, []).append(self._annotations(node))
                self._mark_reification(node)

    def _target(self, node: object) -> tuple[object, str, object] | None:
        """The statement that a node annotates; None when that is a remark or stands nowhere."""
        said = self.statements.about
        source, target = self.statements.only(node, _SOURCE), self.statements.only(node, _TARGET)
        predicate = iri_of(self.statements.only(node, _PROPERTY))
        values = said(source).get(predicate, [])
        nameless = isinstance(target, ox.BlankNode) and any(isinstance(value, ox.BlankNode) for value in values)
        if self._is_remark(source) or not (target in values or nameless):
            return None
        return self._key(source, predicate, target)

    def _is_remark(self, node: object) -> bool:
        """Whether a node without an IRI is there to be annotated: a remark, or an axiom about a list."""
        types = self.statements.about(node).get(TYPE, ()) if isinstance(node, ox.BlankNode) else ()
        names = {OWL + "Axiom", OWL + "Annotation", *_TOGETHER}
        return any(isinstance(value, ox.NamedNode) and value.value in names for value in types)

    def _key(self, subject: object, predicate: str, value: object) -> tuple[object, str, object]:
        content = self.expressions.content
        return content(subject, predicate), predicate, content(value, predicate)

    def _mark_reification(self, node: object) -> None:
        for predicate in (_SOURCE, _PROPERTY, _TARGET, TYPE):
            for value in self.statements.about(node).get(predicate, ()):
                self.statements.mark(node, predicate, value)

    def _annotations(self, node: object) -> tuple[Annotation, ...]:
        """The annotations that are said of an axiom's node, with those that are said of them."""
        found: list[Annotation] = []
        for predicate, values in self.statements.about(node).items():
            if predicate in {_SOURCE, _PROPERTY, _TARGET, TYPE, *_TOGETHER.values()}:
                continue
            for value in values:
                if not isinstance(value, ox.NamedNode | ox.Literal):
                    continue
                remarks = [
                    self._annotations(inner)
                    for inner in self.inner.get(node, ())
                    if self.statements.only(inner, _PROPERTY) == ox.NamedNode(predicate)
                    and self.statements.only(inner, _TARGET) == value
                ]
                found += [Annotation(predicate, value, remark) for remark in remarks or [()]]
                self.statements.mark(node, predicate, value)
        for inner in self.inner.get(node, ()):
            self._mark_reification(inner)
        return tuple(sorted(set(found), key=annotation_key))

    def _axioms(self, subject: object, predicate: str, value: object) -> list[Axiom]:
        if isinstance(subject, ox.BlankNode):
            if predicate == TYPE and isinstance(value, ox.NamedNode) and value.value in _TOGETHER:
                return self._together(subject, value)
            if predicate not in _OF_NAMELESS:
                return []
        reading = self._statement(subject, predicate, value)
        if reading is None:
            return []
        sort, about, what = reading
        remarks = self.remarks.get(self._key(subject, predicate, value), [()]) if self.remarks else [()]
        self.statements.mark(subject, predicate, value)
        if sort in SYMMETRIC and sort is not Sort.INVERSE_OBJECT_PROPERTIES:
            about, what = sorted((about, what), key=node_key)
        return [Axiom(sort, about, predicate, what, remark) for remark in remarks]

    def _statement(self, subject: object, predicate: str, value: object) -> _Reading | None:
        read = self.expressions
        if predicate == TYPE:
            return self._typing(subject, value)
        if predicate in _CLASS_AXIOMS:
            return self._class_axiom(subject, predicate, value)
        if predicate in _PROPERTY_AXIOMS:
            return self._property_axiom(subject, predicate, value)
        if predicate in _INDIVIDUAL_AXIOMS:
            return _INDIVIDUAL_AXIOMS[predicate], read.individual(subject), read.individual(value)
        if predicate in (_CHAIN, _UNION, _KEY):
            return self._list_axiom(subject, predicate, value)
        return self._assertion(subject, predicate, value)

    def _class_axiom(self, subject: object, predicate: str, value: object) -> _Reading:
        read = self.expressions
        if predicate == OWL + "equivalentClass" and read.is_data_range(subject):
            return Sort.DATATYPE_DEFINITION, declared_entity(subject, Kind.DATATYPE), read.data_range(value)
        return _CLASS_AXIOMS[predicate], read.class_(subject), read.class_(value)

    def _list_axiom(self, subject: object, predicate: str, value: object) -> _Reading:
        read, members = self.expressions, self.statements.members(value)
        if predicate == _CHAIN:
            return Sort.SUB_PROPERTY_CHAIN_OF, read.role(subject), tuple(read.role(link) for link in members)
        if predicate == _UNION:
            return Sort.DISJOINT_UNION, read.class_(subject), as_set([read.class_(member) for member in members])
        return Sort.HAS_KEY, read.class_(subject), as_set([read.role(member) for member in members])

    def _typing(self, subject: object, value: object) -> _Reading | None:
        kind = value.value if isinstance(value, ox.NamedNode) else ""
        if kind in _KINDS:
            return Sort.DECLARATION, declared_entity(subject, _KINDS[kind]), ox.NamedNode(kind)
        if kind in _CHARACTERISTICS:
            role, sort = self.expressions.role(subject), _CHARACTERISTICS[kind]
            if sort is Sort.FUNCTIONAL_OBJECT_PROPERTY and kind_of(role) is Kind.DATA_PROPERTY:
                sort = Sort.FUNCTIONAL_DATA_PROPERTY
            return sort, role, ox.NamedNode(kind)
        if kind.startswith((RDF, RDFS, OWL)) and not is_built_in(kind):
            raise NoAxiomError(f"{compact(kind)} is no type that OWL 2 knows here")
        return Sort.CLASS_ASSERTION, self.expressions.individual(subject), self.expressions.class_(value)

    def _property_axiom(self, subject: object, predicate: str, value: object) -> _Reading:
        like = None if predicate in (RDFS + "domain", RDFS + "range") else value
        role = self.expressions.role(subject, Kind.ANNOTATION_PROPERTY, like=like)
        kind = kind_of(role)
        if kind not in _PROPERTY_AXIOMS[predicate]:
            raise NoAxiomError(f"{compact(predicate)} is not said of {kind.name.lower().replace('_', ' ')}s")
        other: Node
        if like is not None:
            other = Entity(kind, like.value) if isinstance(like, ox.NamedNode) else self.expressions.role(like)
        elif kind is Kind.ANNOTATION_PROPERTY:
            other = ox.NamedNode(iri_of(value))
        elif kind is Kind.DATA_PROPERTY and predicate == RDFS + "range":
            other = self.expressions.data_range(value)
        else:
            other = self.expressions.class_(value)
        return _PROPERTY_AXIOMS[predicate][kind], role, other

    def _assertion(self, subject: object, predicate: str, value: object) -> _Reading:
        kinds = self.statements.kinds(predicate)
        if Kind.ANNOTATION_PROPERTY not in kinds:
            if Kind.OBJECT_PROPERTY in kinds:
                return (
                    Sort.OBJECT_PROPERTY_ASSERTION,
                    self.expressions.individual(subject),
                    self.expressions.individual(value),
                )
            if Kind.DATA_PROPERTY in kinds:
                individual = self.expressions.individual(subject)
                return Sort.DATA_PROPERTY_ASSERTION, individual, self.expressions.literal(value)
            if predicate.startswith((OWL, RDF, RDFS)) and not is_built_in(predicate):
                raise NoAxiomError(f"{compact(predicate)} has no meaning here")
        if not isinstance(value, ox.NamedNode | ox.Literal):
            raise NoAxiomError("an individual without an IRI")
        return Sort.ANNOTATION_ASSERTION, ox.NamedNode(iri_of(subject)), value

    def _together(self, node: ox.BlankNode, type_: ox.NamedNode) -> list[Axiom]:
        """An axiom about all members of a list, such as disjointness of several classes."""
        kind, read = type_.value, self.expressions
        said = self.statements.about(node)
        listed = self.statements.take(node, _TOGETHER[kind] if _TOGETHER[kind] in said else OWL + "members")
        if kind == OWL + "AllDisjointClasses":
            sort, members = Sort.DISJOINT_CLASSES, [read.class_(m) for m in self.statements.members(listed)]
        elif kind == OWL + "AllDifferent":
            sort, members = Sort.DIFFERENT_INDIVIDUALS, [read.individual(m) for m in self.statements.members(listed)]
        else:
            members = [read.role(member) for member in self.statements.members(listed)]
            data = any(kind_of(member) is Kind.DATA_PROPERTY for member in members)
            sort = Sort.DISJOINT_DATA_PROPERTIES if data else Sort.DISJOINT_OBJECT_PROPERTIES
        different = as_set(members)
        remarks = self._annotations(node)
        self.statements.mark(node, TYPE, type_)
        if len(different) == 2:
            return [Axiom(sort, different[0], _PAIRWISE[sort], different[1], remarks)]
        return [Axiom(sort, None, _TOGETHER[kind], different, remarks)]


def _repeats(axiom: Axiom, axioms: set[Axiom]) -> bool:
    """Whether the same two properties are said to be inverse in the other direction too, and this is the second."""
    if axiom.sort is not Sort.INVERSE_OBJECT_PROPERTIES or axiom.subject is None:
        return False
    mirrored = replace(axiom, subject=axiom.object, object=axiom.subject)
    return mirrored in axioms and node_key(axiom.object) < node_key(axiom.subject)


def _show(node: object) -> str:
    return compact(node.value) if isinstance(node, ox.NamedNode) else str(node)
