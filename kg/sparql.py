"""The pair graph as RDF: Oxigraph on disk, asked with SPARQL 1.1."""

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kg.errors import InputError
from kg.queries import check_sparql, declared_prefixes

if TYPE_CHECKING:
    from pyoxigraph import QueryBoolean, QuerySolutions, Triple

PREFIXES = {
    "derm": "https://w3id.org/derm1m/DERM_",
    "DERM": "https://w3id.org/derm1m/DERM_",
    "d1m": "https://w3id.org/derm1m/vocab#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    "obo": "http://purl.obolibrary.org/obo/",
}
"""Known in every query; a query may declare its own."""

_INTEGERS = frozenset(
    f"{PREFIXES['xsd']}{sign}{name}"
    for sign, names in {
        "": ("integer", "int", "long", "short", "byte"),
        "unsigned": ("Int", "Long", "Short", "Byte"),
        "non": ("NegativeInteger", "PositiveInteger"),
        "negative": ("Integer",),
        "positive": ("Integer",),
    }.items()
    for name in names
)
_NUMBERS = _INTEGERS | {f"{PREFIXES['xsd']}{name}" for name in ("decimal", "double", "float")}
_BOOLEAN = f"{PREFIXES['xsd']}boolean"


def load(folder: Path, files: Iterable[Path], texts: Iterable[bytes | memoryview] = ()) -> int:
    """Write an Oxigraph store from RDF files (told apart by their endings) and from TriG, and return how many quads it
    has. The TriG comes in pieces, is our own, and is not validated again. Raises OSError when the disk refuses.
    """
    import pyoxigraph as ox

    store = ox.Store(folder)
    for file in files:
        store.bulk_load(path=file, format=ox.RdfFormat.from_extension(file.suffix[1:]), lenient=file.suffix == ".nq")
    store.bulk_load(input=_Stream(texts), format=ox.RdfFormat.TRIG, lenient=True)  # type: ignore[arg-type]
    store.optimize()
    store.flush()
    return len(store)


class _Stream(io.RawIOBase):
    """Pieces of a text read as one file, each made when it is needed."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = iter(pieces)
        self._rest: bytes | memoryview = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        while not len(self._rest):
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        read, self._rest = self._rest[:size], self._rest[size:]
        return bytes(read)


def reader(folder: Path) -> Callable[[str, dict[str, Any]], pa.Table]:
    """A function that answers queries on the store below `folder`. Meant for a worker process: it has no time limit."""
    import pyoxigraph as ox

    store = ox.Store.read_only(str(folder / "rdf"))

    def answer(query: str, _: dict[str, Any]) -> pa.Table:
        check_sparql(query)
        try:
            return tabulate(store.query(query, prefixes=declared_prefixes(query, PREFIXES)))
        except (SyntaxError, ValueError) as error:
            raise InputError(f"SPARQL: {error}") from error

    return answer


def tabulate(results: "QuerySolutions | QueryBoolean | Iterable[Triple]") -> pa.Table:
    """An answer as a table: a column a variable; of ASK, one cell `answer`; of triples, three columns."""
    import pyoxigraph as ox

    if isinstance(results, ox.QueryBoolean):
        return pa.table({"answer": [bool(results)]})
    if isinstance(results, ox.QuerySolutions):
        return _table([variable.value for variable in results.variables], [tuple(row) for row in results])
    return _table(["subject", "predicate", "object"], [(t.subject, t.predicate, t.object) for t in results])


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.Table.from_arrays([_column(values) for values in columns], names=names)


def _column(values: tuple[Any, ...]) -> pa.Array:
    """Numbers and booleans where every value of the column is one; else text (IRIs and literals by their value)."""
    kinds = {getattr(getattr(value, "datatype", None), "value", "") for value in values if value is not None}
    texts = [None if value is None else getattr(value, "value", str(value)) for value in values]
    if kinds and kinds <= _INTEGERS:
        try:
            return pa.array([None if text is None else int(text) for text in texts], pa.int64())
        except (OverflowError, ValueError):
            return pa.array(texts, pa.string())
    if kinds and kinds <= _NUMBERS:
        try:
            return pa.array([None if text is None else float(text) for text in texts], pa.float64())
        except ValueError:
            return pa.array(texts, pa.string())
    if kinds == {_BOOLEAN}:
        return pa.array([None if text is None else text in {"true", "1"} for text in texts], pa.bool_())
    return pa.array(texts, pa.string())
