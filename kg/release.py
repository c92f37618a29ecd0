"""A release of the ontology: dated files in OWL, OBO and OBO Graphs, with checksums and notes of what changed."""

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import networkx as nx
import pyoxigraph as ox

from kg.changes import Change, Difference, compare
from kg.errors import InputError
from kg.obo import to_obo, to_obographs
from kg.ontology import vocabulary as v
from kg.owlxml import Axiom, load_structure, read_structure, write
from kg.rdfio import PREFIXES, Document, compact
from kg.reasoning import classify, read_axioms
from kg.wording import counted

INFERRED = PREFIXES["oboInOwl"] + "is_inferred"
"""The annotation by which ROBOT, too, marks what a reasoner added."""

_INFERRED_TEXTS = ((v.LABEL, "is inferred"), (v.DEFINITION, "Marks an axiom that a reasoner added."))

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_ONTOLOGY, _VERSION, _VERSION_INFO = v.OWL + "Ontology", v.OWL + "versionIRI", v.OWL + "versionInfo"


def release(document: Document, out: Path, date: str, previous: Path | None = None) -> list[Path]:
    """Write a release into a new folder and return its files.

    They are the ontology with dated version; the same as base file, in OBO and in OBO Graphs JSON; the same with
    inferred subclass axioms (each annotated as inferred); `NOTES.md`, which tells what changed since `previous` and
    what each format leaves out; and `SHA256SUMS`. The folder appears whole or not at all.
    Raises `InputError` when it exists, the date is no date, or a class of the ontology cannot have members.
    """
    if not _DATE.fullmatch(date):
        raise InputError(f"--date {date!r}: expected a day as YYYY-MM-DD")
    if out.exists():
        raise InputError(f"{out}: exists already; releases do not change, take another folder")
    inferred = infer_subclasses(document.quads)
    marked = [quad for below, above in inferred for quad in _marked(ox.NamedNode(below), ox.NamedNode(above))]
    dated = date_version(document.quads, date)
    old = load_structure(previous) if previous else None
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        made = Path(folder) / "release"
        made.mkdir()
        name = _local_name(_header(document.quads).value).removesuffix(".owl")
        write(document._replace(quads=dated), made / f"{name}.owl")
        base, reasoned = f"{name}-base.owl", f"{name}-reasoned.owl"
        write(document._replace(quads=_renamed(dated, base)), made / base)
        write(document._replace(quads=_renamed([*dated, *_declaration(), *marked], reasoned)), made / reasoned)
        structure = read_structure(dated)
        text, not_in_text = to_obo(structure)
        graphs, not_in_graphs = to_obographs(structure)
        (made / f"{name}.obo").write_text(text, encoding="utf-8")
        (made / f"{name}.json").write_text(json.dumps(graphs, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        left_out = {f"{name}.obo": not_in_text, f"{name}.json": not_in_graphs}
        difference = compare(old, structure) if old else None
        notes = "\n".join(_notes(date, difference, len(inferred), left_out)) + "\n"
        (made / "NOTES.md").write_text(notes, encoding="utf-8")
        sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(made.iterdir())]
        (made / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
        shutil.move(made, out)
    return sorted(out.iterdir())


def date_version(quads: Iterable[ox.Quad], date: str) -> list[ox.Quad]:
    """The statements with the version IRI and version of a day, `…/releases/2026-11-23/derm1m.owl`."""
    quads = list(quads)
    header = _header(quads)
    folder, name = header.value.removesuffix(_local_name(header.value)), _local_name(header.value)
    kept = [q for q in quads if q.subject != header or q.predicate.value not in (_VERSION, _VERSION_INFO)]
    return [
        *kept,
        ox.Quad(header, ox.NamedNode(_VERSION), ox.NamedNode(f"{folder}releases/{date}/{name}")),
        ox.Quad(header, ox.NamedNode(_VERSION_INFO), ox.Literal(date)),
    ]


def infer_subclasses(quads: Iterable[ox.Quad]) -> list[tuple[str, str]]:
    """The direct (sub, super) pairs of named classes that follow and are not asserted, sorted.

    Unlike `kg.reasoning.inferred` they include what a definition names, which a reader without a reasoner would miss.
    Raises `InputError` when the ontology is contradictory or has classes that cannot have members.
    """
    quads = list(quads)
    found = classify(read_axioms(quads))
    if not found.consistent or found.unsatisfiable:
        classes = ", ".join(sorted(found.unsatisfiable))
        raise InputError(f"the ontology contradicts itself ({classes or 'as a whole'}): run `derm1m ontology reason`")
    asserted = set(_asserted(quads))
    graph = nx.DiGraph(found.subsumptions)
    same = {iri for group in nx.strongly_connected_components(graph) if len(group) > 1 for iri in group}
    graph.remove_nodes_from(same)  # equivalent classes have no direct superclass of their own
    return sorted(set(nx.transitive_reduction(graph).edges) - asserted)


def _asserted(quads: Iterable[ox.Quad]) -> Iterator[tuple[str, str]]:
    """The subclass axioms between names."""
    for quad in quads:
        below, above = quad.subject, quad.object
        if quad.predicate.value == v.SUBCLASS and isinstance(below, ox.NamedNode) and isinstance(above, ox.NamedNode):
            yield below.value, above.value


def _declaration() -> list[ox.Quad]:
    node = ox.NamedNode(INFERRED)
    texts = [ox.Quad(node, ox.NamedNode(p), ox.Literal(text, language="en")) for p, text in _INFERRED_TEXTS]
    return [ox.Quad(node, ox.NamedNode(v.TYPE), ox.NamedNode(v.OWL + "AnnotationProperty")), *texts]


def _marked(below: ox.NamedNode, above: ox.NamedNode) -> list[ox.Quad]:
    remark, subclass = ox.BlankNode(), ox.NamedNode(v.SUBCLASS)
    return [
        ox.Quad(below, subclass, above),
        ox.Quad(remark, ox.NamedNode(v.TYPE), ox.NamedNode(v.AXIOM)),
        ox.Quad(remark, ox.NamedNode(v.OWL + "annotatedSource"), below),
        ox.Quad(remark, ox.NamedNode(v.OWL + "annotatedProperty"), subclass),
        ox.Quad(remark, ox.NamedNode(v.OWL + "annotatedTarget"), above),
        ox.Quad(remark, ox.NamedNode(INFERRED), ox.Literal("true")),
    ]


def _header(quads: Iterable[ox.Quad]) -> ox.NamedNode:
    typed = ox.NamedNode(_ONTOLOGY)
    headers = [q.subject for q in quads if q.object == typed and isinstance(q.subject, ox.NamedNode)]
    if len(headers) != 1:
        raise InputError("no single owl:Ontology with an IRI: an ontology file states exactly one")
    return headers[0]


def _local_name(iri: str) -> str:
    return iri.rpartition("/")[2]


def _renamed(quads: list[ox.Quad], name: str) -> list[ox.Quad]:
    """The statements with another name for the ontology and its version."""
    header = _header(quads)
    old = _local_name(header.value)

    renamed = []
    for quad in quads:
        subject, value = quad.subject, quad.object
        if subject == header:
            subject = ox.NamedNode(header.value.removesuffix(old) + name)
            if quad.predicate.value == _VERSION and isinstance(value, ox.NamedNode):
                value = ox.NamedNode(value.value.removesuffix(old) + name)
        renamed.append(ox.Quad(subject, quad.predicate, value))
    return renamed


def _notes(
    date: str, difference: Difference | None, inferred: int, left_out: Mapping[str, list[Axiom]]
) -> Iterator[str]:
    """The notes of a release in Markdown."""
    yield f"# Release {date}"
    yield ""
    yield "No dermatologist has reviewed this ontology unless a term's review status says so. Not for clinical use."
    yield ""
    added = counted(inferred, "inferred subclass axiom")
    yield f"The reasoned file adds {added}, each annotated `oboInOwl:is_inferred`."
    for name, axioms in left_out.items():
        counts = Counter(compact(a.predicate) if a.sort == "AnnotationAssertion" else a.sort.value for a in axioms)
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        yield from ("", f"Axioms that `{name}` has no place for: {kinds or 'none'}.")
    if difference is None:
        return
    for fate, entities in groupby(difference.entities, key=lambda entity: entity.fate):
        listed = list(entities)
        yield from ("", f"## {fate.capitalize()} ({len(listed)})", "")
        for entity in listed:
            yield f"- **{entity.label}** ({entity.id}), {entity.kind}"
            yield from (f"  - {_line(change)}" for change in entity.changes)
    if difference.general:
        yield from ("", "## General axioms", "", *(f"- {_line(change)}" for change in difference.general))


def _line(change: Change) -> str:
    if change.before and change.after:
        return f"{change.what}: {change.before} → {change.after}"
    return f"{change.what}, {'added' if change.after else 'removed'}: {change.after or change.before}"
