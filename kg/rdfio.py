"""Reading RDF and OWL without loss in any syntax, told apart by content, and the statements about one term."""

import contextlib
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

import pyoxigraph as ox

from kg.errors import InputError

if TYPE_CHECKING:
    import rdflib

    from kg.ontology import Ontology, Term

PREFIXES = {
    "DERM": "https://w3id.org/derm1m/DERM_",
    "d1m": "https://w3id.org/derm1m/vocab#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "obo": "http://purl.obolibrary.org/obo/",
    "BFO": "http://purl.obolibrary.org/obo/BFO_",
    "IAO": "http://purl.obolibrary.org/obo/IAO_",
    "RO": "http://purl.obolibrary.org/obo/RO_",
    "OMO": "http://purl.obolibrary.org/obo/OMO_",
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "CL": "http://purl.obolibrary.org/obo/CL_",
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "DOID": "http://purl.obolibrary.org/obo/DOID_",
    "NCIT": "http://purl.obolibrary.org/obo/NCIT_",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "ICD10CM": "http://purl.bioontology.org/ontology/ICD10CM/",
    "SCTID": "http://snomed.info/id/",
    "Orphanet": "http://www.orpha.net/ORDO/Orphanet_",
}
"""Prefix to namespace: the usual ones, for CURIEs and for Turtle."""

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", re.DOTALL)
_FOREIGN = (
    (re.compile(rb"(Prefix|Ontology|Class)\s*:"), "Manchester syntax"),
    (re.compile(rb"format-version\s*:"), "OBO"),
    (re.compile(rb"<html\b", re.IGNORECASE), "HTML"),
)
_NODE = rb'(<[^>]*>|_:\S+|"([^"\\]|\\.)*"(\^\^<[^>]*>|@[\w-]+)?)'
_N_QUAD = re.compile(rb"(#.*\n|\s)*" + rb"[ \t]+".join([_NODE] * 4) + rb"[ \t]*\.[ \t]*(#.*)?\r?(\n|$)")
_BOM = b"\xef\xbb\xbf"


class OwlSyntax(Enum):
    """The syntaxes of OWL 2 that are not RDF, but have a mapping to it."""

    XML = re.compile(rb"<(\w+:)?Ontology\b")
    FUNCTIONAL = re.compile(rb"(\s|#[^\n]*\n)*(Prefix|Ontology)\s*\(")


class Document(NamedTuple):
    """What a file says: its statements in file order, and the prefixes it declares."""

    quads: list[ox.Quad]
    prefixes: dict[str, str]


def sniff(content: bytes) -> ox.RdfFormat | OwlSyntax:
    """The syntax of a file, told from its first bytes rather than from its name.

    Turtle and N-Triples are read as TriG, which includes both. Raises `ValueError` naming the format when it is
    another one that ontologies are written in.
    """
    start = content.removeprefix(_BOM).lstrip()
    root = start[_prolog_length(start) :]
    for syntax in OwlSyntax:
        if syntax.value.match(root):
            return syntax
    for pattern, name in _FOREIGN:
        if pattern.match(root):
            raise ValueError(name)
    if root != start or re.match(rb"<[\w-]+:RDF\b|<RDF\b", root):
        return ox.RdfFormat.RDF_XML
    if re.match(rb'\{\s*("|\})|\[\s*\{', start):
        return ox.RdfFormat.JSON_LD
    return ox.RdfFormat.N_QUADS if _N_QUAD.match(start) else ox.RdfFormat.TRIG


def is_rdfxml(path: Path) -> bool:
    """Whether a file that `read` accepts is RDF/XML."""
    return sniff(path.read_bytes()) == ox.RdfFormat.RDF_XML


def _prolog_length(content: bytes) -> int:
    position = 0
    while found := _PROLOG.match(content, position):
        position = found.end()
    return position


def read(path: Path) -> Document:
    """Every statement of a file, literals and IRIs exactly as they stand there.

    OWL/XML and OWL functional syntax become the statements that OWL 2 maps them to. Only the case of language tags,
    which carries no meaning in RDF, is not kept. Raises `InputError` with the line when the file is broken, in another
    syntax, empty or absent.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not content.strip():
        raise InputError(f"{path}: the file is empty; expected {_READ}")
    try:
        syntax = sniff(content)
    except ValueError as error:
        raise InputError(
            f"{path}: this is {error}; save it as one of {_READ} (in Protégé: File, Save as…, RDF/XML Syntax)"
        ) from error
    return _read_owl(path, content, syntax) if isinstance(syntax, OwlSyntax) else _read_rdf(path, content, syntax)


_READ = "RDF/XML, Turtle, N-Triples, N-Quads, TriG, JSON-LD, OWL/XML or OWL functional syntax"


def _read_owl(path: Path, content: bytes, syntax: OwlSyntax) -> Document:
    from kg.owlsyntax import SyntaxFault, parse, to_statements

    try:
        ontology, prefixes = parse(content, syntax)
        return Document(to_statements(ontology), prefixes)
    except SyntaxFault as fault:
        name = "OWL/XML" if syntax is OwlSyntax.XML else "OWL functional syntax"
        raise InputError(f"{path}, line {fault.line}: not well-formed {name}: {fault}") from fault


def _read_rdf(path: Path, content: bytes, rdf_format: ox.RdfFormat) -> Document:
    # the RDF parser expands entities without bound; expat does not
    if rdf_format == ox.RdfFormat.RDF_XML and b"<!ENTITY" in content and (broken := _xml_error(content)):
        raise InputError(f"{path}, line {broken.lineno}: not well-formed RDF_XML: {broken}")
    parser = ox.parse(input=content.removeprefix(_BOM), format=rdf_format, rename_blank_nodes=True)
    try:
        quads = list(parser)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        if line is None and rdf_format == ox.RdfFormat.RDF_XML and (broken := _xml_error(content)):
            line = broken.lineno
        where = f", line {line}" if line else ""
        raise InputError(f"{path}{where}: not well-formed {rdf_format.name}: {_reason(error)}") from error
    return Document(quads, _xml_prefixes(content) if rdf_format == ox.RdfFormat.RDF_XML else parser.prefixes)


def _xml_prefixes(content: bytes) -> dict[str, str]:
    """The prefixes that the root element declares, which the RDF parser does not tell."""
    declared: dict[str, str] = {}
    parser = expat.ParserCreate()

    def start(_name: str, attributes: dict[str, str]) -> None:
        parser.StartElementHandler = None
        named = (name.partition(":") for name in attributes if name.split(":")[0] == "xmlns")
        declared.update((local, attributes[prefix + colon + local]) for prefix, colon, local in named)

    parser.StartElementHandler = start
    with contextlib.suppress(expat.ExpatError):  # what follows the root is the RDF parser's to judge
        parser.Parse(content, True)
    return declared


def _xml_error(content: bytes) -> expat.ExpatError | None:
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        return error
    return None


def _reason(error: Exception) -> str:
    return re.sub(r"^Parser error at [^:]*: ", "", getattr(error, "msg", None) or str(error))


def compact(iri: str, prefixes: dict[str, str] | None = None) -> str:
    """The CURIE of an IRI by the longest matching namespace, else the IRI itself.

    Identifiers of OBO ontologies (`…/obo/DOID_8893`) need no declared prefix.
    """
    known = PREFIXES | (prefixes or {})
    if obo := re.fullmatch(r"http://purl\.obolibrary\.org/obo/([A-Za-z]+)_(\w+)", iri):
        return f"{obo[1]}:{obo[2]}"
    fitting = [(namespace, prefix) for prefix, namespace in known.items() if prefix and iri.startswith(namespace)]
    if not fitting:
        return iri
    namespace, prefix = max(fitting, key=lambda entry: len(entry[0]))
    return f"{prefix}:{iri[len(namespace) :]}"


def to_rdflib(quads: Iterable[ox.Quad]) -> "rdflib.Graph":
    """The statements as an rdflib graph with the usual prefixes; literals keep their spelling (`1.50` stays `1.50`)."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    normalizing, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        for quad in quads:
            graph.add((_node(quad.subject), _node(quad.predicate), _node(quad.object)))
    finally:
        rdflib.NORMALIZE_LITERALS = normalizing
    return graph


def _node(node: object) -> "rdflib.term.Node":
    import rdflib

    if isinstance(node, ox.NamedNode):
        return rdflib.URIRef(node.value)
    if isinstance(node, ox.BlankNode):
        return rdflib.BNode(node.value)
    if not isinstance(node, ox.Literal):
        raise InputError(f"{node}: a statement about a statement (RDF 1.2) has no place in an OWL ontology")
    if node.language:
        return rdflib.Literal(node.value, lang=node.language)
    plain = node.datatype.value == PREFIXES["xsd"] + "string"
    return rdflib.Literal(node.value, datatype=None if plain else rdflib.URIRef(node.datatype.value))


def bounded_description(quads: list[ox.Quad], iri: str) -> list[ox.Quad]:
    """The statements whose subject is the resource, with the blank nodes they lead to and their axiom annotations.

    This is the Concise Bounded Description (Stickler 2005, W3C submission), with `owl:Axiom` nodes in the place of
    RDF reification.
    """
    annotated_source = ox.NamedNode(PREFIXES["owl"] + "annotatedSource")
    by_subject: dict[object, list[ox.Quad]] = {}
    pending: list[object] = [ox.NamedNode(iri)]
    for quad in quads:
        by_subject.setdefault(quad.subject, []).append(quad)
        if quad.predicate == annotated_source and quad.object == pending[0]:
            pending.append(quad.subject)
    seen: set[object] = set()
    described: list[ox.Quad] = []
    while pending:
        node = pending.pop(0)
        if node in seen:
            continue
        seen.add(node)
        for quad in by_subject.get(node, ()):
            described.append(quad)
            if isinstance(quad.object, ox.BlankNode):
                pending.append(quad.object)
    return described


def describe(ontology: "Ontology", term: "str | Term", format: str = "turtle") -> str:
    """All that the ontology's file says of a term, restrictions and axiom annotations included.

    `format` is one that rdflib writes: `turtle`, `nt`, `xml`, `json-ld`, `longturtle` …; another raises `InputError`.
    """
    from rdflib.plugin import PluginException

    graph = to_rdflib(bounded_description(ontology.quads, ontology.term(term).iri))
    try:
        return graph.serialize(format=format)
    except PluginException as error:
        raise InputError(f"format {format!r} is not known: use turtle, nt, xml or json-ld") from error
