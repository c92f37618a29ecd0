"""OBO 1.4 text (http://purl.obolibrary.org/obo/oboformat/spec.html), its clauses in the specification's order."""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from kg.obo.frames import COMMENT, XREF, Frame, chain_of, iris_of, read_frames, remarks
from kg.ontology import vocabulary as v
from kg.owlxml import Annotation, Axiom, Entity, Kind, Structure
from kg.owlxml.axioms import Sort, annotation_key
from kg.rdfio import PREFIXES, compact

_SUBSET, _SYNONYM_TYPE = (PREFIXES["oboInOwl"] + name for name in ("SubsetProperty", "SynonymTypeProperty"))
_CONSIDER, _REPLACED_BY = PREFIXES["oboInOwl"] + "consider", PREFIXES["IAO"] + "0100001"
_OWN_TAG = {
    v.LABEL,
    v.DEFINITION,
    COMMENT,
    v.DEPRECATED,
    XREF,
    v.IN_SUBSET,
    v.SYNONYM_TYPE,
    _CONSIDER,
    _REPLACED_BY,
    _SUBSET,
    _SYNONYM_TYPE,
    *v.SYNONYMS,
}
_SHORT = re.compile(r"[A-Za-z][\w.-]*:[\w.-]+")
_OBO_NAMESPACE = re.compile(r"http://purl\.obolibrary\.org/obo/[A-Za-z]+_")
_TAGS = {
    Sort.EQUIVALENT_CLASSES: "equivalent_to",
    Sort.DISJOINT_CLASSES: "disjoint_from",
    Sort.OBJECT_PROPERTY_DOMAIN: "domain",
    Sort.OBJECT_PROPERTY_RANGE: "range",
    Sort.INVERSE_OBJECT_PROPERTIES: "inverse_of",
}
_UNQUOTED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\n", "{": r"\{", "}": r"\}", "!": r"\!"})
_QUOTED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\n", '"': r"\""})


def to_obo(structure: Structure) -> tuple[str, list[Axiom]]:
    """The ontology as OBO text, and the axioms that it has no place for.

    Language tags are dropped. Annotations of axioms become qualifiers in braces, which hold text only: a resource
    stands there by its identifier. Every namespace in use is declared as an `idspace`, so that identifiers mean the
    same IRIs as in OWL.
    """
    return _Writer(structure).write()


class _Writer:
    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.frames, self.left = read_frames(structure)
        self.names = {frame.iri: frame.text(v.LABEL) for frame in self.frames}
        self.spaces: dict[str, str] = {}

    def write(self) -> tuple[str, list[Axiom]]:
        subsets = [frame for frame in self.frames if _is_a(frame, _SUBSET)]
        types = [frame for frame in self.frames if _is_a(frame, _SYNONYM_TYPE)]
        stanzas = []
        for frame in self.frames:
            if frame in subsets or frame in types or frame.iri in _OWN_TAG:
                self._leave(frame, frame not in subsets and frame not in types)
            else:
                stanzas.append("\n".join(self._stanza(frame)))
        defined = [f"subsetdef: {self._id(f.iri)} {_quote(self.names[f.iri] or '')}" for f in subsets]
        defined += [f"synonymtypedef: {self._id(f.iri)} {_quote(self.names[f.iri] or '')}" for f in types]
        said = list(self._header())
        spaces = [f"idspace: {prefix} {namespace}" for prefix, namespace in sorted(self.spaces.items())]
        first = ["format-version: 1.4"]
        if self.structure.version_iri:
            first.append(f"data-version: {self.structure.version_iri}")
        return "\n\n".join(["\n".join([*first, *defined, *spaces, *said]), *stanzas]) + "\n", self.left

    def _leave(self, frame: Frame, whole: bool) -> None:
        """Count what is said of an entity that is a tag or a header clause, but for its name if that stands there."""
        for predicate, axioms in frame.annotations.items():
            self.left += axioms if whole or predicate != v.LABEL else []
        self.left += [axiom for _, axiom in frame.parents if whole] + frame.further

    def _header(self) -> Iterator[str]:
        said = sorted(self.structure.annotations, key=annotation_key)
        for annotation in said:
            if annotation.property == COMMENT:
                yield f"remark: {annotation.value.value.translate(_UNQUOTED)}"
        yield f"ontology: {self.structure.iri}"
        for annotation in said:
            if annotation.property != COMMENT:
                yield self._property_value(annotation.property, annotation.value)

    def _stanza(self, frame: Frame) -> Iterator[str]:
        yield "[Term]" if frame.entity.kind is Kind.CLASS else "[Typedef]"
        yield f"id: {self._id(frame.iri)}"
        if name := frame.text(v.LABEL):
            yield f"name: {name.translate(_UNQUOTED)}{self._qualifiers(frame.annotations[v.LABEL][0])}"
        for axiom in frame.annotations[v.DEFINITION]:
            yield f"def: {_quote(_text(axiom))} {self._references(axiom)}{self._qualifiers(axiom, XREF)}"
        yield from self._comment(frame)
        yield from self._pointers(frame, "subset", v.IN_SUBSET)
        for predicate, scope in v.SYNONYMS.items():
            for axiom in frame.annotations.get(predicate, ()):
                types = "".join(f" {self._id(node.value)}" for node in iris_of(axiom, v.SYNONYM_TYPE))
                rest = f"{self._references(axiom)}{self._qualifiers(axiom, XREF, v.SYNONYM_TYPE)}"
                yield f"synonym: {_quote(_text(axiom))} {scope.upper()}{types} {rest}"
        for axiom in frame.annotations.get(XREF, ()):
            yield f"xref: {self._reference(axiom.object)}{self._qualifiers(axiom)}"
        for predicate, axioms in frame.annotations.items():
            if predicate not in _OWN_TAG:
                for axiom in axioms:
                    yield self._property_value(predicate, axiom.object) + self._qualifiers(axiom)
        yield from self._logic(frame)
        if frame.is_obsolete():
            yield "is_obsolete: true"
        yield from self._pointers(frame, "replaced_by", _REPLACED_BY)
        yield from self._pointers(frame, "consider", _CONSIDER)
        if frame.entity.kind is Kind.ANNOTATION_PROPERTY:
            yield "is_metadata_tag: true"

    def _comment(self, frame: Frame) -> Iterator[str]:
        said = frame.annotations.get(COMMENT, [])
        self.left += said[1:]  # a stanza holds one
        for axiom in said[:1]:
            yield f"comment: {_text(axiom).translate(_UNQUOTED)}{self._qualifiers(axiom)}"

    def _pointers(self, frame: Frame, tag: str, predicate: str) -> Iterator[str]:
        for axiom in frame.annotations.get(predicate, ()):
            if isinstance(axiom.object, ox.NamedNode):
                yield f"{tag}: {self._id(axiom.object.value)}{self._qualifiers(axiom)}"
            else:
                self.left.append(axiom)

    def _logic(self, frame: Frame) -> Iterator[str]:
        for parent, axiom in frame.parents:
            yield f"is_a: {self._id(parent)}{self._qualifiers(axiom)}{self._remark(parent)}"
        if frame.definition:
            genera, differentiae, axiom = frame.definition
            said = self._qualifiers(axiom)
            for genus in genera:
                yield f"intersection_of: {self._id(genus)}{said}{self._remark(genus)}"
            for role, filler in differentiae:
                yield f"intersection_of: {self._id(role)} {self._id(filler)}{said}{self._remark(role, filler)}"
        for role, filler, axiom in frame.restrictions:
            said = self._qualifiers(axiom)
            yield f"relationship: {self._id(role)} {self._id(filler)}{said}{self._remark(role, filler)}"
        for axiom in frame.further:
            if clause := self._clause(frame, axiom):
                yield clause + self._qualifiers(axiom)
            else:
                self.left.append(axiom)

    def _clause(self, frame: Frame, axiom: Axiom) -> str | None:
        if axiom.sort in _TAGS and isinstance(axiom.object, Entity):
            return f"{_TAGS[axiom.sort]}: {self._id(axiom.object.iri)}"
        if axiom.sort is Sort.TRANSITIVE_OBJECT_PROPERTY:
            return "is_transitive: true"
        chain = chain_of(axiom)
        if len(chain) != 2:
            return None
        if chain[0] == frame.iri:
            return f"transitive_over: {self._id(chain[1])}"
        return f"holds_over_chain: {self._id(chain[0])} {self._id(chain[1])}"

    def _property_value(self, predicate: str, value: object) -> str:
        if isinstance(value, ox.Literal):
            datatype = PREFIXES["xsd"] + "string" if value.language else value.datatype.value
            return f"property_value: {self._id(predicate)} {_quote(value.value)} {self._id(datatype)}"
        return f"property_value: {self._id(predicate)} {self._id(getattr(value, 'value', ''))}"

    def _references(self, axiom: Axiom) -> str:
        said = [self._reference(a.value) for a in axiom.annotations if a.property == XREF]
        return f"[{', '.join(said)}]"

    def _reference(self, value: object) -> str:
        said = self._id(value.value) if isinstance(value, ox.NamedNode) else getattr(value, "value", "")
        return re.sub(r'([\\,\[\]{}"! ])', r"\\\1", said)

    def _qualifiers(self, axiom: Axiom, *but: str) -> str:
        """The annotations of an axiom in braces, but for those that have a place of their own."""
        said = [f"{self._id(a.property)}={_quote(self._said(a))}" for a in remarks(axiom, *but)]
        return f" {{{', '.join(said)}}}" if said else ""

    def _said(self, annotation: Annotation) -> str:
        value = annotation.value
        return self._id(value.value) if isinstance(value, ox.NamedNode) else value.value

    def _remark(self, *iris: str) -> str:
        names = [self.names.get(iri) for iri in iris]
        return f" ! {' '.join(filter(None, names)).translate(_UNQUOTED)}" if all(names) else ""

    def _id(self, iri: str) -> str:
        short = compact(iri)
        if not _SHORT.fullmatch(short):
            return iri
        prefix, _, local = short.partition(":")
        namespace = iri.removesuffix(local)
        if prefix != "xsd" and not _OBO_NAMESPACE.fullmatch(namespace):
            self.spaces[prefix] = namespace
        return short


def _is_a(frame: Frame, above: str) -> bool:
    return any(parent == above for parent, _ in frame.parents)


def _text(axiom: Axiom) -> str:
    return str(getattr(axiom.object, "value", ""))


def _quote(text: str) -> str:
    return f'"{text.translate(_QUOTED)}"'
