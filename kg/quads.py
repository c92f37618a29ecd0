"""The pair graph as TriG: made column by column, a shard at a time.

A subject's statements share its name (`;`), which is half the text of N-Quads and is loaded faster. Each piece of text
ends with a statement.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kg.counts import of_sources, of_terms, of_two
from kg.facets import Codes
from kg.sources.cells import number_rows
from kg.sparql import PREFIXES
from kg.tables import Shard, Vocabulary, look_up

BASE = "https://w3id.org/derm1m/"
_XSD, _VOCABULARY = PREFIXES["xsd"], PREFIXES["d1m"]
_IDENTIFIER, _LICENCE = f"{PREFIXES['dcterms']}identifier", f"{PREFIXES['dcterms']}license"
_QUALIFIERS = {
    "column": ("column", ""),
    "rule": ("rule", ""),
    "annotator": ("annotator", ""),
    "confirmed_by": ("confirmedBy", ""),
    "who": ("who", ""),
    "value": ("value", ""),
    "unit": ("unit", ""),
    "weight": ("weight", "double"),
    "rank": ("rank", "integer"),
}
"""Columns of a fact that tell its evidence apart, with their property and XSD type."""

_SAFE = np.zeros(256, bool)
_HEXADECIMAL = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_SAFE[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~:-")] = True
_AND = " ;\n"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}

_BATCH = 16_384  # pairs

Text: TypeAlias = bytes | memoryview


def node_iri(kind: str, identifier: str) -> str:
    """The IRI of a pair, image or source: `https://w3id.org/derm1m/<kind>/<percent-encoded id>` (`:` stays).

    >>> node_iri("image", "derm1m:web/a b.jpg")
    'https://w3id.org/derm1m/image/derm1m:web%2Fa%20b.jpg'
    """
    return f"{BASE}{kind}/{quote(identifier, safe=':')}"


def write_vocabulary(vocabulary: Vocabulary, counts: pa.Table) -> Iterator[Text]:
    """The sources, and the terms in one hop: identifier, kind, level, malignancy, counts, closure and knowledge; and
    how many images have two of them together.
    """
    terms, closure = vocabulary.terms, vocabulary.closure
    knowledge = vocabulary.knowledge
    knowledge = knowledge.filter(pc.not_equal(knowledge["relation"], "subClassOf"))  # comes with the ontology
    ancestor = pc.if_else(closure["inferred"], _d1m("inferredAncestor"), _d1m("ancestor"))
    yield _subjects(
        _iri(terms["iri"]),
        (_IDENTIFIER, _literal(terms["term"])),
        (_d1m("termKind"), _literal(terms["kind"])),
        (_d1m("level"), _plain(terms["level"], "integer")),
        (_d1m("malignancy"), _literal(terms["malignancy"])),
        *_counted(of_terms(counts, terms)),
    )
    yield _subjects(_term(closure["term"], terms), (ancestor, _term(closure["ancestor"], terms)))
    relation = _join(_VOCABULARY, knowledge["relation"])
    yield _subjects(_term(knowledge["term"], terms), (relation, _term(knowledge["object"], terms)))
    sources = vocabulary.sources
    counted = of_two(counts, terms)
    named = pa.chunked_array([*terms["term"].chunks, *sources["source"].chunks])
    nodes = pa.chunked_array([_iri(terms["iri"]), _node("source", sources["source"])])
    yield _subjects(
        _node("count", _join(counted["term"], ":", counted["value"])),
        ("a", f"<{_d1m('Count')}>"),
        (_d1m("countOf"), _term(counted["term"], terms)),
        (_d1m("countWith"), look_up(counted["value"], named, nodes, "term")),
        *_counted(counted),
    )
    yield _subjects(
        _node("source", sources["source"]),
        ("a", f"<{_d1m('Source')}>"),
        (_IDENTIFIER, _literal(sources["source"])),
        (_LICENCE, _literal(sources["licence"])),
        (_d1m("citation"), _literal(sources["citation"])),
        *_counted(of_sources(counts, sources)),
    )


def write_shard(shard: Shard, terms: pa.Table) -> Iterator[Text]:
    """The images and pairs of a shard, and the facts: of each pair in the default graph, and once more of the image in
    a named graph for each distinct (source, column, rule and qualifiers), which is described in the default graph.
    """
    images, pairs = shard.images, shard.pairs
    node = _node("image", images["image"])
    texts = ("path", "modality", "patient", "lesion", "sex")
    yield _subjects(
        node,
        ("a", f"<{_d1m('Image')}>"),
        (_IDENTIFIER, _literal(images["image"])),
        (_d1m("fromSource"), _source(images["source"])),
        (_d1m("available"), _plain(images["available"], "boolean")),
        (_d1m("age"), _plain(pc.cast(images["age"], pa.float64()), "double")),
        *((_d1m(name), _literal(images[name])) for name in texts),
    )
    facts = _Facts.of(shard, terms)
    said = facts.of_images(len(images))
    for start in range(0, len(pairs), _BATCH):
        batch = pairs.slice(start, _BATCH)
        place = _place(batch["image"], images["image"])
        yield _subjects(
            _node("pair", batch["pair"]),
            ("a", f"<{_d1m('Pair')}>"),
            (_IDENTIFIER, _literal(batch["pair"])),
            (_d1m("ofImage"), node.take(place)),
            (_d1m("fromSource"), _source(batch["source"])),
            (_d1m("textKind"), _literal(batch["text_kind"])),
            (_d1m("text"), _literal(batch["text"])),
            further=said.take(place),
        )
    yield from facts.in_graphs(node)


def _counted(counts: pa.Table) -> list[tuple[str, pa.Array]]:
    names = {"imageCount": "images", "pairCount": "pairs"}
    return [(_d1m(name), _plain(counts[column], "integer")) for name, column in names.items()]


@dataclass(frozen=True)
class _Facts:
    """Facts by number: `said[statement[i]]` of image `image[i]` on the evidence `evidence[graph[i]]`."""

    image: Codes
    statement: Codes
    graph: Codes
    said: pa.Array  # "<property> <term>"
    evidence: list[dict[str, Any]]  # source and qualifiers

    @classmethod
    def of(cls, shard: Shard, terms: pa.Table) -> "_Facts":
        facts = shard.facts.combine_chunks()
        image = _place(facts["image"], shard.images["image"])
        statement, first = number_rows([_flat(facts[name]) for name in ("relation", "term")])
        stated = facts.select(["relation", "term"]).take(pa.array(first))
        said = _join("<", _VOCABULARY, stated["relation"], "> ", _term(stated["term"], terms))
        sourced = facts.append_column("source", shard.images["source"].take(image)).select(["source", *_QUALIFIERS])
        graph, first = number_rows([_flat(column) for column in sourced.columns])
        return cls(image.to_numpy(), statement, graph, _flat(said), sourced.take(pa.array(first)).to_pylist())

    def of_images(self, count: int) -> pa.Array:
        """What the default graph says of the pairs of each image, each statement with `;` before it."""
        distinct = np.unique(self.image * len(self.said) + self.statement)
        image, statement = np.divmod(distinct, max(1, len(self.said)))
        offsets = np.concatenate([[0], np.cumsum(np.bincount(image, minlength=count))])
        further = _join(_AND, self.said).take(pa.array(statement))
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), further), "")

    def in_graphs(self, node: pa.Array) -> Iterator[Text]:
        """The facts of each image in the graphs of their evidence, and what these graphs are."""
        images = len(node)
        distinct = np.unique((self.graph * images + self.image) * len(self.said) + self.statement)
        rest, statement = np.divmod(distinct, max(1, len(self.said)))
        graph, image = np.divmod(rest, max(1, images))
        lines = _flat(_join(node.take(pa.array(image)), " ", self.said.take(pa.array(statement)), " .\n"))
        ends = np.cumsum(np.bincount(graph, minlength=len(self.evidence))).tolist()
        for evidence, start, end in zip(self.evidence, [0, *ends], ends, strict=False):
            name = _graph(evidence)
            stated = _text(lines.slice(start, end - start))
            yield b"".join([_describe(name, evidence), f"{name} {{\n".encode(), stated, b"}\n"])


def _graph(evidence: Mapping[str, Any]) -> str:
    values = ("\x1e" if value is None else re.sub("[\x1e\x1f]", " ", str(value)) for value in evidence.values())
    return f"<{BASE}evidence/{hashlib.sha256(chr(0x1F).join(values).encode()).hexdigest()[:16]}>"


def _describe(graph: str, evidence: Mapping[str, Any]) -> bytes:
    """The statements that say where the facts of a named graph come from."""
    said = [
        f"<{_d1m(name)}> {_literal(pa.array([str(evidence[column])]), datatype)[0]}"
        for column, (name, datatype) in _QUALIFIERS.items()
        if evidence[column] is not None
    ]
    kind = f"a <{_d1m('Evidence')}>"
    source = f"<{_d1m('fromSource')}> <{node_iri('source', evidence['source'])}>"
    return f"{graph} {_AND.join([kind, source, *said])} .\n".encode()


def _subjects(
    subject: pa.Array, *statements: tuple[str | pa.Array, pa.Array | str], further: pa.Array | str = ""
) -> Text:
    """The statements of each subject; the first is never null, and one whose object is null is left out."""
    parts: list[pa.Array | str] = [subject, " "]
    for number, (predicate, value) in enumerate(statements):
        verb = [predicate] if predicate == "a" else ["<", predicate, ">"]
        whole = [_AND if number else "", *verb, " ", value]
        optional = isinstance(value, pa.Array) and value.null_count
        parts += [pc.fill_null(_join(*whole), "")] if optional else whole
    return _text(_join(*parts, further, " .\n"))


def _text(lines: pa.Array) -> Text:
    """The bytes of a string array lie one after the other: they are the text."""
    if not len(lines):
        return b""
    _, offsets, data = lines.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[lines.offset, lines.offset + len(lines)]].tolist()
    return memoryview(data)[first:last]


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _place(keys: pa.ChunkedArray, known: pa.ChunkedArray) -> pa.Array:
    return pc.index_in(_flat(keys), value_set=known)


def _join(*parts: pa.Array | pa.ChunkedArray | str) -> pa.Array:
    return _flat(pc.binary_join_element_wise(*parts, "", null_handling="emit_null"))


def _node(kind: str, identifiers: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`node_iri` of a column without nulls."""
    return _join(f"<{BASE}{kind}/", _percent_encode(_flat(identifiers)), ">")


def _percent_encode(column: pa.StringArray) -> pa.StringArray:
    """`urllib.parse.quote` of every text, on the bytes of all at once."""
    data = _data(column)
    odd = ~_SAFE[data]
    if not odd.any():
        return column
    width = np.where(odd, 3, 1)
    ends = np.cumsum(width)
    encoded = np.empty(ends[-1], np.uint8)
    encoded[ends - width] = np.where(odd, ord("%"), data)
    encoded[ends[odd] - 2], encoded[ends[odd] - 1] = _HEXADECIMAL[data[odd] >> 4], _HEXADECIMAL[data[odd] & 15]
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    offsets = np.concatenate([[0], ends])[offsets - offsets[0]].astype(np.int32)
    return pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(encoded))


def _source(names: pa.ChunkedArray) -> pa.Array:
    """`node_iri` of the sources of many rows."""
    encoded = _flat(names).dictionary_encode()
    return _node("source", encoded.dictionary).take(encoded.indices)


def _literal(texts: pa.Array | pa.ChunkedArray, datatype: str = "") -> pa.Array:
    column = _flat(texts)
    data = _data(column)
    for raw, escaped in _ESCAPES.items():
        if (data == ord(raw)).any():
            column = pc.replace_substring(column, raw, escaped)
    return _join('"', column, f'"^^<{_XSD}{datatype}>' if datatype else '"')


def _data(column: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The bytes of the texts of a column."""
    return np.frombuffer(_text(column), np.uint8)


def _plain(values: pa.ChunkedArray, datatype: str) -> pa.Array:
    return _join('"', pc.cast(values, pa.string()), f'"^^<{_XSD}{datatype}>')


def _term(curies: pa.ChunkedArray, terms: pa.Table) -> pa.Array:
    return _iri(look_up(curies, terms["term"], terms["iri"], "term"))


def _iri(iris: pa.ChunkedArray) -> pa.Array:
    return _join("<", iris, ">")


def _d1m(name: str) -> str:
    return f"{_VOCABULARY}{name}"
