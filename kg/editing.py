"""Small edits of the ontology without Protégé: a free identifier, a new term, a further name, a term withdrawn."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyoxigraph as ox

from kg.errors import InputError
from kg.ontology import vocabulary as v
from kg.ontology.names import normalize
from kg.rdfio import PREFIXES, compact

if TYPE_CHECKING:
    from kg.ontology import Ontology, Term

Quads = list[ox.Quad]

REPLACED_BY = PREFIXES["IAO"] + "0100001"
CONSIDER = PREFIXES["oboInOwl"] + "consider"
OBSOLETE = "obsolete "

_CONTRIBUTOR = PREFIXES["dcterms"] + "contributor"
_EXACT_SYNONYM = PREFIXES["oboInOwl"] + "hasExactSynonym"
_SYNONYM_TYPE = PREFIXES["oboInOwl"] + "hasSynonymType"
_ANY_SYNONYM_TYPE = ox.NamedNode(PREFIXES["oboInOwl"] + "SynonymTypeProperty")
_BELOW = PREFIXES["rdfs"] + "subPropertyOf"
_ROOT_OF_KIND = {kind: iri for iri, kind in v.KIND_OF_ROOT.items()}
_LOGICAL = {v.SUBCLASS, v.EQUIVALENT, *(v.OWL + name for name in ("disjointWith", "disjointUnionOf", "hasKey"))}
_WITHDRAWN = _LOGICAL | {v.LEVEL, v.IN_SUBSET, *v.TYPICALLY, v.TERM + "0010015"}
_TRUE = ox.Literal("true", datatype=ox.NamedNode(PREFIXES["xsd"] + "boolean"))
_POINTERS = {  # property, label and meaning, for an ontology that has not declared it yet
    REPLACED_BY: ("term replaced by", "Points from a deprecated term to the one to use in its place."),
    CONSIDER: ("consider", "Points from a deprecated term to one that may suit in its place, which a person decides."),
}
_RANGE = re.compile(
    r'^Datatype:\s*\S+\s+Annotations:\s*\S+\s+"(?P<editor>[^"]+)"\s+'
    r"EquivalentTo:\s*xsd:integer\[\s*>=\s*(?P<first>\d+)\s*,\s*<=\s*(?P<last>\d+)\s*\]",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class IdRange:
    """The numbers from which an editor takes identifiers, both ends included."""

    editor: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class IdPolicy:
    """How identifiers are made: a namespace, a number of digits, a range for each editor."""

    namespace: str
    digits: int
    ranges: tuple[IdRange, ...]

    def range_of(self, editor: str | None) -> IdRange:
        """The range of an editor, the first one without a name. Raises `InputError` for an unknown editor."""
        for allotted in self.ranges:
            if editor is None or allotted.editor.casefold() == editor.casefold():
                return allotted
        known = ", ".join(repr(allotted.editor) for allotted in self.ranges)
        raise InputError(f"{editor!r} has no range of identifiers: there are those of {known}")


def read_policy(path: Path) -> IdPolicy:
    """The identifier ranges of a file in Manchester syntax, as Protégé reads it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: the ranges of identifiers cannot be read: {error.strerror}") from error
    namespace, digits = re.search(r'idprefix:\s*"([^"]+)"', text), re.search(r"iddigits:\s*(\d+)", text)
    ranges = tuple(IdRange(found["editor"], int(found["first"]), int(found["last"])) for found in _RANGE.finditer(text))
    if not (namespace and digits and ranges):
        raise InputError(f"{path}: expected idprefix, iddigits and at least one range allotted to an editor")
    return IdPolicy(namespace[1], int(digits[1]), ranges)


def mint(quads: Iterable[ox.Quad], policy: IdPolicy, editor: str | None = None) -> str:
    """The next free identifier of an editor: the one after the highest of the range that the file uses anywhere.

    Numbers are never handed out again, so gaps stay. Raises `InputError` when the range is used up.
    """
    allotted = policy.range_of(editor)
    used = allotted.first - 1
    nodes = (node for quad in quads for node in (quad.subject, quad.object) if isinstance(node, ox.NamedNode))
    for node in nodes:
        number = node.value.removeprefix(policy.namespace)
        if number != node.value and number.isdigit() and allotted.first <= int(number) <= allotted.last:
            used = max(used, int(number))
    if used >= allotted.last:
        raise InputError(
            f"the range of {allotted.editor!r} ({allotted.first} to {allotted.last}) is used up: extend it"
        )
    return f"{policy.namespace}{used + 1:0{policy.digits}d}"


def add_term(
    ontology: "Ontology",
    iri: str,
    label: str,
    parent: str,
    *,
    definition: str | None = None,
    synonyms: Sequence[str] = (),
    malignancy: str | None = None,
    contributor: str | None = None,
) -> Quads:
    """The statements of a new term below a parent; the ontology stays as it is.

    A disease gets the level below its parent's; below a condition (level 4) it is a subtype of the same level, with
    the condition's parent in the tree as its own. A site becomes part of its parent. Raises `InputError` when the
    identifier is taken, a name belongs to another term, or nothing can be placed below the parent.
    """
    if any(ox.NamedNode(iri) in (quad.subject, quad.object) for quad in ontology.quads):
        raise InputError(f"{compact(iri)} is taken: take the identifier that `ontology mint` gives")
    names = [_clean(name) for name in (label, *synonyms)]
    _refuse_taken_names(ontology, names)
    node, above = ox.NamedNode(iri), ontology.term(parent)
    said = [ox.Quad(node, ox.NamedNode(v.TYPE), ox.NamedNode(v.CLASS))]
    said += _placement(ontology, node, above)
    if malignancy:
        value = ox.NamedNode(ontology.term(malignancy).iri)
        said += _some(node, v.HAS_MALIGNANCY, value)
    texts = [(v.LABEL, names[0]), *((_EXACT_SYNONYM, name) for name in names[1:])]
    texts += [(v.DEFINITION, _clean(definition))] if definition else []
    texts += [(_CONTRIBUTOR, contributor)] if contributor else []
    said += [ox.Quad(node, ox.NamedNode(predicate), ox.Literal(text, language="en")) for predicate, text in texts]
    said.append(ox.Quad(node, ox.NamedNode(v.REVIEW_STATUS), ox.Literal("unreviewed")))
    return said


def add_synonym(
    ontology: "Ontology",
    term: str,
    text: str,
    *,
    scope: Literal["exact", "broad", "narrow", "related"] = "exact",
    type_: str | None = None,
    source: str | None = None,
) -> Quads:
    """The statements of a further name of a term; the ontology stays as it is.

    `type_` is the label of a synonym type (*abbreviation*, *layperson synonym* …), `source` who uses the name. Raises
    `InputError` when the term has that name already, when an exact one belongs to another term, and for an unknown
    type.
    """
    owner, name = ontology.term(term), _clean(text)
    if owner.deprecated:
        raise InputError(f"{owner.label} ({owner.curie}) is deprecated: name the term in its place")
    if any(normalize(name) == normalize(known) for known in (owner.label, *(each.text for each in owner.synonyms))):
        raise InputError(f"{name!r} is already a name of {owner.label} ({owner.curie})")
    if scope == "exact":
        _refuse_taken_names(ontology, [name])
    node, literal = ox.NamedNode(owner.iri), ox.Literal(name, language="en")
    predicate = ox.NamedNode(f"{PREFIXES['oboInOwl']}has{scope.capitalize()}Synonym")
    remarks: list[tuple[str, ox.NamedNode | ox.Literal]] = []
    if source:
        remarks.append((PREFIXES["dcterms"] + "source", ox.Literal(_clean(source))))
    if type_:
        remarks.append((_SYNONYM_TYPE, _synonym_type(ontology, type_)))
    said = [ox.Quad(node, predicate, literal)]
    return [*said, *_remark(said[0], remarks)] if remarks else said


def _synonym_type(ontology: "Ontology", name: str) -> ox.NamedNode:
    types = {
        quad.subject for quad in ontology.quads if quad.object == _ANY_SYNONYM_TYPE and quad.predicate.value == _BELOW
    }
    labels = {
        quad.object.value: quad.subject
        for quad in ontology.quads
        if quad.subject in types and quad.predicate.value == v.LABEL and isinstance(quad.object, ox.Literal)
    }
    found = labels.get(name) or labels.get(f"{name} synonym")
    if not isinstance(found, ox.NamedNode):
        raise InputError(f"no type of synonyms is named {name!r}: there are {', '.join(sorted(labels))}")
    return found


def _remark(quad: ox.Quad, remarks: Sequence[tuple[str, ox.NamedNode | ox.Literal]]) -> Quads:
    """What is said about a statement."""
    node = ox.BlankNode()
    parts = (("Source", quad.subject), ("Property", quad.predicate), ("Target", quad.object))
    return [
        ox.Quad(node, ox.NamedNode(v.TYPE), ox.NamedNode(v.OWL + "Axiom")),
        *(ox.Quad(node, ox.NamedNode(v.OWL + f"annotated{part}"), value) for part, value in parts),
        *(ox.Quad(node, ox.NamedNode(predicate), value) for predicate, value in remarks),
    ]


def _clean(text: str) -> str:
    cleaned = " ".join(text.split())
    if not cleaned:
        raise InputError("an empty name or definition: write it out")
    return cleaned


def _refuse_taken_names(ontology: "Ontology", names: Sequence[str]) -> None:
    used = (term for term in ontology.terms() if not term.deprecated)
    taken = {normalize(name): term for term in used for name in _own_names(term)}
    for place, name in enumerate(names):
        if owner := taken.get(normalize(name)):
            raise InputError(f"{name!r} is already a name of {owner.label} ({owner.curie}): names belong to one term")
        if normalize(name) in map(normalize, names[:place]):
            raise InputError(f"{name!r} is given twice")


def _own_names(term: "Term") -> list[str]:
    return [term.label, *(synonym.text for synonym in term.synonyms if synonym.scope == "exact")]


def _placement(ontology: "Ontology", node: ox.NamedNode, parent: "Term") -> Quads:
    """The parents of a new term, and its level if it is a disease."""
    kind = v.KIND_OF_ROOT.get(parent.iri, parent.kind)
    if kind in ("other", "defined"):
        why = "its members are inferred" if kind == "defined" else "it is no part of the tree of terms"
        raise InputError(f"{parent.label} ({parent.curie}) takes no new term below it: {why}; choose another parent")
    if kind == "site" and parent.iri != _ROOT_OF_KIND["site"]:
        root = ox.NamedNode(_ROOT_OF_KIND["site"])
        return [_subclass(node, root), *_some(node, v.PART_OF, ox.NamedNode(parent.iri))]
    said = [_subclass(node, ox.NamedNode(parent.iri))]
    if kind != "disease":
        return said
    level = min((parent.level or 0) + 1, 4)
    if parent.level == 4:
        group = ontology.tree_parent(parent)
        if group is None:
            raise InputError(f"{parent.label} ({parent.curie}) has no parent in the tree: give it one first")
        said.append(_subclass(node, ox.NamedNode(group.iri)))
    number = ox.Literal(str(level), datatype=ox.NamedNode(PREFIXES["xsd"] + "integer"))
    return [*said, ox.Quad(node, ox.NamedNode(v.LEVEL), number)]


def _subclass(node: ox.NamedNode, parent: ox.NamedNode | ox.BlankNode) -> ox.Quad:
    return ox.Quad(node, ox.NamedNode(v.SUBCLASS), parent)


def _some(node: ox.NamedNode, role: str, filler: ox.NamedNode) -> Quads:
    restriction = ox.BlankNode()
    return [
        _subclass(node, restriction),
        ox.Quad(restriction, ox.NamedNode(v.TYPE), ox.NamedNode(v.OWL + "Restriction")),
        ox.Quad(restriction, ox.NamedNode(v.OWL + "onProperty"), ox.NamedNode(role)),
        ox.Quad(restriction, ox.NamedNode(v.OWL + "someValuesFrom"), filler),
    ]


def deprecate(
    ontology: "Ontology", term: str, *, replaced_by: str | None = None, consider: Sequence[str] = ()
) -> Quads:
    """All statements of the ontology after a term is withdrawn, in the manner of OBO ontologies.

    The term stays with its names, definition and mappings, marked deprecated, "obsolete" before its label; its axioms,
    level, subset and knowledge go. Raises `InputError` when other terms still build on it, listing them.
    """
    old = ontology.term(term)
    node = ox.NamedNode(old.iri)
    if replaced_by and consider:
        raise InputError("give either the one term that replaces it or terms to consider, not both")
    successors = [(REPLACED_BY, replaced_by)] if replaced_by else [(CONSIDER, name) for name in consider]
    pointers = [(predicate, _successor(ontology, name, old)) for predicate, name in successors]
    if old.deprecated:
        raise InputError(f"{old.label} ({old.curie}) is deprecated already")
    _refuse_if_needed(ontology, old)
    kept = _without(ontology.quads, node, _WITHDRAWN)
    kept = [_relabelled(quad, node) for quad in kept]
    kept.append(ox.Quad(node, ox.NamedNode(v.DEPRECATED), _TRUE))
    kept += [ox.Quad(node, ox.NamedNode(predicate), ox.NamedNode(iri)) for predicate, iri in pointers]
    for predicate in dict.fromkeys(predicate for predicate, _ in pointers):
        kept += _declared(kept, predicate)
    return kept


def _successor(ontology: "Ontology", name: str, old: "Term") -> str:
    new = ontology.term(name)
    if new == old:
        raise InputError(f"{old.label} ({old.curie}) cannot stand in its own place: name another term")
    if new.deprecated:
        raise InputError(f"{new.label} ({new.curie}) is deprecated itself: name a term in use")
    return new.iri


def _refuse_if_needed(ontology: "Ontology", old: "Term") -> None:
    """Refuse while something else is said by means of the term: children, axioms, knowledge, replacements."""
    node, owners = ox.NamedNode(old.iri), _owners(ontology.quads)
    users: dict[str, set[str]] = {}
    for quad in ontology.quads:
        if quad.object == node and not quad.predicate.value.startswith(v.OWL + "annotated"):
            owner = owners.get(quad.subject, quad.subject)
            if isinstance(owner, ox.NamedNode) and owner != node:
                users.setdefault(owner.value, set()).add(quad.predicate.value)
    if not users:
        return
    labels = {
        quad.subject: quad.object.value
        for quad in ontology.quads
        if quad.predicate.value == v.LABEL and isinstance(quad.object, ox.Literal)
    }
    lines = []
    for iri, predicates in sorted(users.items()):
        by = ", ".join(sorted(labels.get(ox.NamedNode(predicate), compact(predicate)) for predicate in predicates))
        how = "is a child of it" if v.SUBCLASS in predicates else f"points to it by {by}"
        lines.append(f"\n  {labels.get(ox.NamedNode(iri), iri)} ({compact(iri)}) {how}")
    raise InputError(
        f"{old.label} ({old.curie}) cannot be deprecated while {len(lines)} other(s) build on it:{''.join(lines)}\n"
        "Give the children another parent and point the others elsewhere first."
    )


def _owners(quads: Iterable[ox.Quad]) -> dict[object, object]:
    """The entity to which each node without an IRI belongs."""
    above: dict[object, object] = {q.object: q.subject for q in quads if isinstance(q.object, ox.BlankNode)}
    above |= {quad.subject: quad.object for quad in quads if quad.predicate.value == v.OWL + "annotatedSource"}
    owners: dict[object, object] = {}
    for node in above:
        owner: object = node
        seen: set[object] = set()
        while owner in above and owner not in seen:
            seen.add(owner)
            owner = above[owner]
        owners[node] = owner
    return owners


def _without(quads: Quads, node: ox.NamedNode, predicates: set[str]) -> Quads:
    """The statements without those of a node by some predicates, what only they led to, and remarks on them."""
    said: dict[object, Quads] = {}
    for quad in quads:
        said.setdefault(quad.subject, []).append(quad)
    property_, source = (ox.NamedNode(v.OWL + f"annotated{part}") for part in ("Property", "Source"))
    remarks = [quad.subject for quad in quads if quad.predicate == source and quad.object == node]
    gone = {quad for quad in said.get(node, []) if quad.predicate.value in predicates}
    for remark in remarks:
        about = {getattr(quad.object, "value", "") for quad in said[remark] if quad.predicate == property_}
        if about & predicates:
            gone.update(said[remark])
    pending = [quad.object for quad in gone if isinstance(quad.object, ox.BlankNode)]
    while pending:
        inner = said.pop(pending.pop(), [])
        gone.update(inner)
        pending += [quad.object for quad in inner if isinstance(quad.object, ox.BlankNode)]
    return [quad for quad in quads if quad not in gone]


def _relabelled(quad: ox.Quad, node: ox.NamedNode) -> ox.Quad:
    label = quad.object
    if quad.subject == node and quad.predicate.value == v.LABEL and isinstance(label, ox.Literal):
        return ox.Quad(node, quad.predicate, ox.Literal(OBSOLETE + label.value, language=label.language))
    return quad


def _declared(quads: Quads, predicate: str) -> Quads:
    """The declaration of a pointer with label and definition, unless the ontology has one."""
    node, kind = ox.NamedNode(predicate), ox.NamedNode(v.OWL + "AnnotationProperty")
    declaration = ox.Quad(node, ox.NamedNode(v.TYPE), kind)
    if declaration in quads:
        return []
    label, meaning = _POINTERS[predicate]
    texts = [(v.LABEL, label), (v.DEFINITION, meaning)]
    return [declaration, *(ox.Quad(node, ox.NamedNode(p), ox.Literal(text, language="en")) for p, text in texts)]
