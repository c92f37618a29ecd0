"""The pair graph as N-Quads: lines made column by column, a batch of rows at a time."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeAlias
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from kg.sparql import PREFIXES
from kg.tables import Tables, look_up

BASE = "https://w3id.org/derm1m/"
_BATCH = 100_000
_XSD, _VOCABULARY, _TYPE = PREFIXES["xsd"], PREFIXES["d1m"], f"{PREFIXES['rdf']}type"
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

Strings: TypeAlias = pa.Array | pa.ChunkedArray


def node_iri(kind: str, identifier: str) -> str:
    """The IRI of a pair, image or source: `https://w3id.org/derm1m/<kind>/<percent-encoded id>` (`:` stays).

    >>> node_iri("image", "derm1m:web/a b.jpg")
    'https://w3id.org/derm1m/image/derm1m:web%2Fa%20b.jpg'
    """
    return f"{BASE}{kind}/{quote(identifier, safe=':')}"


def write_quads(path: Path, tables: Tables) -> None:
    """Write pairs, images, sources, terms in one hop and facts as N-Quads.

    A fact stands in the default graph, and again in one named graph for each distinct (source, column, rule and
    qualifiers), which is described once in the default graph.
    """
    with path.open("wb") as file:
        for name, projection in (
            ("terms", _terms),
            ("closure", _closure),
            ("knowledge", _knowledge),
            ("sources", _sources),
            ("images", _images),
            ("pairs", _pairs),
        ):
            _in_batches(file, getattr(tables, name), partial(projection, tables=tables))
        sourced = tables.facts.append_column(
            "source", look_up(tables.facts["pair"], tables.pairs["pair"], tables.pairs["source"], "pair")
        )
        described: set[str] = set()
        _in_batches(file, sourced, partial(_facts, tables=tables, described=described))


def _in_batches(file: BinaryIO, table: pa.Table, make: Callable[[pa.Table], list[Strings]]) -> None:
    for start in range(0, len(table), _BATCH):
        for lines in make(table.slice(start, _BATCH)):
            for chunk in lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]:
                _write(file, chunk.drop_null())


def _write(file: BinaryIO, lines: pa.StringArray) -> None:
    """The bytes of a string array lie one after the other: they are the file."""
    if not len(lines):
        return
    _, offsets, data = lines.buffers()
    first, last = (
        int.from_bytes(offsets[4 * i : 4 * i + 4].to_pybytes(), "little")
        for i in (lines.offset, lines.offset + len(lines))
    )
    file.write(memoryview(data)[first:last])


def _join(*parts: Strings | str) -> Strings:
    return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def _line(subject: Strings, predicate: str | Strings, value: Strings | str, graph: Strings | str = "") -> Strings:
    predicate = f" <{predicate}> " if isinstance(predicate, str) else _join(" <", predicate, "> ")
    return _join(subject, predicate, value, *([" ", graph] if not isinstance(graph, str) else []), " .\n")


def _iri(iris: Strings) -> Strings:
    return _join("<", iris, ">")


def _node(kind: str, identifiers: Strings) -> Strings:
    """`node_iri` of a column: each character that is not safe is replaced in the whole column at once."""
    odd = pc.unique(pc.replace_substring_regex(identifiers, r"[A-Za-z0-9_.~:\-]", "")).to_pylist()
    characters = set().union(*filter(None, odd))
    for character in sorted(characters, key=lambda c: c != "%"):
        identifiers = pc.replace_substring(identifiers, character, quote(character, safe=""))
    return _join(f"<{BASE}{kind}/", identifiers, ">")


def _literal(texts: Strings, datatype: str = "") -> Strings:
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        texts = pc.replace_substring(texts, raw, escaped)
    return _join('"', texts, f'"^^<{_XSD}{datatype}>' if datatype else '"')


def _plain(values: Strings, datatype: str) -> Strings:
    return _join('"', pc.cast(values, pa.string()), f'"^^<{_XSD}{datatype}>')


def _d1m(name: str) -> str:
    return f"{_VOCABULARY}{name}"


def _term(curies: Strings, tables: Tables) -> Strings:
    return _iri(look_up(curies, tables.terms["term"], tables.terms["iri"], "term"))


def _terms(part: pa.Table, tables: Tables) -> list[Strings]:
    subject = _iri(part["iri"])
    return [
        _line(subject, _IDENTIFIER, _literal(part["term"])),
        _line(subject, _d1m("termKind"), _literal(part["kind"])),
        _line(subject, _d1m("level"), _plain(part["level"], "integer")),
        _line(subject, _d1m("malignancy"), _literal(part["malignancy"])),
    ]


def _closure(part: pa.Table, tables: Tables) -> list[Strings]:
    name = pc.if_else(part["inferred"], _d1m("inferredAncestor"), _d1m("ancestor"))
    return [_line(_term(part["term"], tables), name, _term(part["ancestor"], tables))]


def _knowledge(part: pa.Table, tables: Tables) -> list[Strings]:
    part = part.filter(pc.not_equal(part["relation"], "subClassOf"))  # rdfs:subClassOf comes with the ontology
    subject, value = _term(part["term"], tables), _term(part["object"], tables)
    return [_line(subject, _join(_VOCABULARY, part["relation"]), value)]


def _sources(part: pa.Table, tables: Tables) -> list[Strings]:
    subject = _node("source", part["source"])
    return [
        _line(subject, _TYPE, f"<{_d1m('Source')}>"),
        _line(subject, _IDENTIFIER, _literal(part["source"])),
        _line(subject, _LICENCE, _literal(part["licence"])),
        _line(subject, _d1m("citation"), _literal(part["citation"])),
    ]


def _images(part: pa.Table, tables: Tables) -> list[Strings]:
    subject = _node("image", part["image"])
    texts = ("path", "modality", "patient", "lesion", "sex")
    return [
        _line(subject, _TYPE, f"<{_d1m('Image')}>"),
        _line(subject, _IDENTIFIER, _literal(part["image"])),
        _line(subject, _d1m("fromSource"), _node("source", part["source"])),
        _line(subject, _d1m("available"), _plain(part["available"], "boolean")),
        _line(subject, _d1m("age"), _plain(pc.cast(part["age"], pa.float64()), "double")),
        *(_line(subject, _d1m(name), _literal(part[name])) for name in texts),
    ]


def _pairs(part: pa.Table, tables: Tables) -> list[Strings]:
    subject = _node("pair", part["pair"])
    return [
        _line(subject, _TYPE, f"<{_d1m('Pair')}>"),
        _line(subject, _IDENTIFIER, _literal(part["pair"])),
        _line(subject, _d1m("ofImage"), _node("image", part["image"])),
        _line(subject, _d1m("fromSource"), _node("source", part["source"])),
        _line(subject, _d1m("textKind"), _literal(part["text_kind"])),
        _line(subject, _d1m("text"), _literal(part["text"])),
    ]


def _facts(part: pa.Table, tables: Tables, described: set[str]) -> list[Strings]:
    subject, value = _node("pair", part["pair"]), _term(part["term"], tables)
    predicate = _join(_VOCABULARY, part["relation"])
    texts = [pc.cast(part[name], pa.string()) for name in ("source", *_QUALIFIERS)]
    qualifiers = [pc.replace_substring_regex(text, "[\x1e\x1f]", " ") for text in texts]
    keys = pc.binary_join_element_wise(*qualifiers, "\x1f", null_handling="replace", null_replacement="\x1e")
    keys = keys.combine_chunks().dictionary_encode()
    distinct: list[str] = keys.dictionary.to_pylist()
    graphs = [f"<{BASE}evidence/{hashlib.sha256(key.encode()).hexdigest()[:16]}>" for key in distinct]
    new = [(graph, key) for graph, key in zip(graphs, distinct, strict=True) if graph not in described]
    described.update(graphs)
    graph = pa.array(graphs, pa.string()).take(keys.indices)
    return [
        _line(subject, predicate, value),
        _line(subject, predicate, value, graph),
        *(_description(graph, key) for graph, key in new),
    ]


def _description(graph: str, key: str) -> pa.Array:
    """The quads that say where the facts of a named graph come from."""
    source, *values = (None if part == "\x1e" else part for part in key.split("\x1f"))
    lines = [
        f"{graph} <{_TYPE}> <{_d1m('Evidence')}> .\n",
        f"{graph} <{_d1m('fromSource')}> <{node_iri('source', str(source))}> .\n",
    ]
    for (name, datatype), value in zip(_QUALIFIERS.values(), values, strict=True):
        literal = _literal(pa.array([value], pa.string()), datatype)
        lines += [f"{graph} <{_d1m(name)}> {text} .\n" for text in literal.to_pylist() if text is not None]
    return pa.array(lines, pa.string())
