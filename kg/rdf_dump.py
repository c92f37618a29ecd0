"""The RDF graph as a file, N-Quads or Turtle, with a description of it in VoID and DCAT."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import quote

from kg.errors import InputError
from kg.export.replacement import replacing
from kg.licences import address
from kg.pairs import Relation
from kg.quads import BASE, node_iri
from kg.sparql import PREFIXES
from kg.wording import counted

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kg.graph import KnowledgeGraph

_SPACES = {
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "xsd": PREFIXES["xsd"],
    "dcterms": PREFIXES["dcterms"],
    "d1m": PREFIXES["d1m"],
}
_FORMATS = {".nq": "application/n-quads", ".ttl": "text/turtle"}
_CLASSES = ("Pair", "Image", "Source")
_LICENCE = "see the licence of each source"
_BESIDE = "beside:///"
"""Base of the names of files. It is not written, so that a name is relative to the description, wherever it lies."""


@dataclass(frozen=True)
class DumpAccount:
    """What was written."""

    path: Path
    description: Path
    statements: int  # quads, or triples of the default graph
    bytes: int

    def as_text(self) -> str:
        """The account in one line."""
        statements = counted(self.statements, "statement")
        return f"{self.path}: {statements}, {self.bytes / 1e6:,.0f} MB; described in {self.description}"


def dump(graph: "KnowledgeGraph", out: Path) -> DumpAccount:
    """Write the graph to `out`: `.nq` has all of it, `.ttl` the default graph, without the evidence of each fact; a
    further `.gz` packs it. A description goes beside it, as `OUT.void.ttl`.

    Raises InputError for another ending, and when the disk refuses.
    """
    import pyoxigraph as ox

    packed = out.suffix == ".gz"
    suffix = Path(out.stem).suffix if packed else out.suffix
    if suffix not in _FORMATS:
        raise InputError(f"{out}: name a file that ends in .nq or .ttl, or in .nq.gz or .ttl.gz")
    store = ox.Store.read_only(str(graph.folder / "rdf"))
    described = f"{out.name}.void.ttl"
    with replacing(out) as folder:
        file = folder / out.name
        with _opened(file, packed) as stream:
            if suffix == ".nq":
                store.dump(stream, ox.RdfFormat.N_QUADS)
            else:
                store.dump(stream, ox.RdfFormat.TURTLE, from_graph=ox.DefaultGraph(), prefixes=_prefixes())
        size = file.stat().st_size
        statements = len(store) if suffix == ".nq" else _count_default(store)
        said = _describe(graph, file, _FORMATS[suffix], statements, packed)
        text = cast(bytes, ox.serialize(said, format=ox.RdfFormat.TURTLE, prefixes=_SPACES, base_iri=_BESIDE))
        (folder / described).write_bytes(text.removeprefix(f"@base <{_BESIDE}> .\n".encode()))
    return DumpAccount(out, out.with_name(described), statements, size)


@contextmanager
def _opened(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("wb") as raw:
        if packed:
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as file:
                yield cast(IO[bytes], file)
        else:
            yield raw


def _prefixes() -> dict[str, str]:
    """The usual prefixes, each namespace once."""
    return {prefix: iri for prefix, iri in PREFIXES.items() if prefix != "derm"}


def _count_default(store: "ox.Store") -> int:
    [answer] = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")  # type: ignore[misc]
    return int(answer["n"].value)


def _describe(graph: "KnowledgeGraph", out: Path, media: str, statements: int, packed: bool) -> "Iterator[ox.Triple]":
    """The file as a VoID data set and a DCAT distribution of it."""
    import pyoxigraph as ox

    def name(curie: str) -> ox.NamedNode:
        prefix, _, local = curie.partition(":")
        return ox.NamedNode(_SPACES[prefix] + local)

    kind = ox.NamedNode(f"{PREFIXES['rdf']}type")
    whole, file = ox.NamedNode(f"{BASE}graph/{graph.info['build']}"), ox.BlankNode("distribution")
    if media == _FORMATS[".ttl"]:
        default = ox.NamedNode(f"{whole.value}/default")
        yield ox.Triple(whole, name("void:subset"), default)
        whole = default
    place = ox.NamedNode(_BESIDE + quote(out.name))
    counts = graph.info["nodes_and_relationships"]
    ontology = graph.info["ontology"]
    for class_ in ("void:Dataset", "dcat:Dataset"):
        yield ox.Triple(whole, kind, name(class_))
    yield ox.Triple(whole, name("dcterms:title"), ox.Literal("Derm1M pair graph", language="en"))
    yield ox.Triple(whole, name("dcterms:identifier"), ox.Literal(graph.info["build"]))
    yield ox.Triple(whole, name("dcterms:conformsTo"), ox.NamedNode(ontology["iri"]))
    yield ox.Triple(whole, name("dcat:version"), ox.Literal(f"ontology {ontology['version']}"))
    yield ox.Triple(whole, name("dcterms:rights"), ox.Literal(_LICENCE, language="en"))
    yield ox.Triple(whole, name("void:uriSpace"), ox.Literal(BASE))
    yield ox.Triple(whole, name("void:triples"), ox.Literal(statements))
    yield ox.Triple(whole, name("void:vocabulary"), ox.NamedNode(PREFIXES["d1m"]))
    yield ox.Triple(whole, name("void:dataDump"), place)
    for class_ in filter(counts.get, _CLASSES):
        part = ox.BlankNode(f"class{class_}")
        yield ox.Triple(whole, name("void:classPartition"), part)
        yield ox.Triple(part, name("void:class"), name(f"d1m:{class_}"))
        yield ox.Triple(part, name("void:entities"), ox.Literal(counts[class_]))
    for relation in (each for each in Relation if counts[each.edge]):
        part = ox.BlankNode(f"property{relation.value}")
        yield ox.Triple(whole, name("void:propertyPartition"), part)
        yield ox.Triple(part, name("void:property"), name(f"d1m:{relation.value}"))
        yield ox.Triple(part, name("void:triples"), ox.Literal(counts[relation.edge]))
    for row in graph.sources().to_pylist():
        source = ox.NamedNode(node_iri("source", row["source"]))
        yield ox.Triple(whole, name("dcterms:source"), source)
        yield ox.Triple(source, name("dcterms:identifier"), ox.Literal(row["source"]))
        if url := address(row["licence"]):
            yield ox.Triple(source, name("dcterms:license"), ox.NamedNode(url))
        else:
            yield ox.Triple(source, name("dcterms:rights"), ox.Literal(row["licence"]))
        yield ox.Triple(source, name("dcterms:bibliographicCitation"), ox.Literal(row["citation"]))
    yield ox.Triple(whole, name("dcat:distribution"), file)
    yield ox.Triple(file, kind, name("dcat:Distribution"))
    yield ox.Triple(file, name("dcterms:title"), ox.Literal(out.name))
    yield ox.Triple(file, name("dcat:downloadURL"), place)
    yield ox.Triple(file, name("dcat:mediaType"), _media_type(media))
    if packed:
        yield ox.Triple(file, name("dcat:compressFormat"), _media_type("application/gzip"))
    yield ox.Triple(
        file, name("dcat:byteSize"), ox.Literal(str(out.stat().st_size), datatype=name("xsd:nonNegativeInteger"))
    )


def _media_type(name: str) -> "ox.NamedNode":
    import pyoxigraph as ox

    return ox.NamedNode(f"https://www.iana.org/assignments/media-types/{name}")
