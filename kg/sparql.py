"""The pair graph as RDF: Oxigraph on disk, asked with SPARQL 1.1."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from kg.compaction import compact, put_off
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


_NEAR = 20
"""Characters of a query that are shown before and after the place of an error."""

_BULK = 8 << 20
"""Bytes of text that are loaded at once, about 80,000 quads: few enough that Oxigraph sorts them in the caches."""


class Loader:
    """Writes an Oxigraph store from texts that are made and loaded two at a time, beside whatever else goes on.

    A context; left before `finish`, it gives up what has not begun. Memory is bounded by `_BULK`, whatever the graph.
    """

    def __init__(self, folder: Path) -> None:
        import pyoxigraph as ox

        self._folder = folder
        self._store = ox.Store(folder)
        put_off()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="load")
        self._loads: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        with suppress(AttributeError):  # when it is finished, it is closed
            del self._store  # ends the lock on the folder

    def add(self, make: Callable[[], Iterable[bytes | memoryview]]) -> None:
        """Load the TriG that `make` gives, called in a thread; each piece of it ends with a statement.

        It is our own and not validated again.
        Raises OSError where the disk has refused an earlier one.
        """
        from pyoxigraph import RdfFormat

        def load() -> None:
            for text in _in_bulk(make()):
                # as bytes: read through a Python object, each two kilobytes would wait for the interpreter
                self._store.bulk_load(input=text, format=RdfFormat.TRIG, lenient=True)

        for earlier in self._loads:
            if earlier.done():
                earlier.result()
        self._loads = [each for each in self._loads if not each.done()]
        self._loads.append(self._threads.submit(load))

    def wait(self) -> None:
        """Return when all is loaded. Raises OSError when the disk refuses."""
        for load in self._loads:
            load.result()

    def finish(self) -> int:
        """Wait, compact the store and return how many quads it has. Raises OSError when the disk refuses."""
        self.wait()
        self._store.flush()
        del self._store  # the process that compacts opens it
        return compact(self._folder)


def _in_bulk(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """The pieces joined until there are `_BULK` bytes, and again."""
    held: list[bytes | memoryview] = []
    for piece in pieces:
        held.append(piece)
        if sum(len(each) for each in held) >= _BULK:
            yield b"".join(held)
            held = []
    yield b"".join(held)


def reader(folder: Path) -> Callable[[str, dict[str, Any]], pa.Table]:
    """A function that answers queries on the store below `folder`. Meant for a worker process: it has no time limit."""
    import pyoxigraph as ox

    store = ox.Store.read_only(str(folder / "rdf"))

    def answer(query: str, _: dict[str, Any]) -> pa.Table:
        check_sparql(query)
        try:
            return tabulate(store.query(query, prefixes=declared_prefixes(query, PREFIXES)))
        except (SyntaxError, ValueError) as error:
            raise InputError(explain_error(query, error)) from error

    return answer


def explain_error(query: str, error: Exception) -> str:
    """What Oxigraph says of a query that is wrong: where, what stands there, and why where it says so in words.

    Its own message lists all of the grammar that could have stood there.

    >>> explain_error("SELECT * { ?s ?p ?o } ORDER BUY ?s", SyntaxError("error at 1:31: expected BY"))
    "SPARQL: line 1, column 29: not understood, near '{ ?s ?p ?o } ORDER BUY ?s'"
    """
    found = re.match(r"error at (\d+):(\d+): (?:expected (?:one of )?)?(.*)", str(error), re.DOTALL)
    if not found:
        return f"SPARQL: {error}"
    lines = query.split("\n")
    line, place = int(found[1]), int(found[2]) - 1
    text = lines[line - 1] if line <= len(lines) else ""
    ended = not "".join([text[place:], *lines[line:]]).strip()
    while not ended and 0 < place < len(text) and text[place - 1].isalnum():
        place -= 1  # to the beginning of the word
    reasons = [words for words in found[3].split(", ") if re.fullmatch(r"[A-Za-z]+( [A-Za-z*]+)+", words)]
    why = "; ".join(reasons) or ("something is missing before the end" if ended else "not understood")
    near = text[max(0, place - _NEAR) : place + _NEAR].strip()
    return f"SPARQL: line {line}, column {place + 1}: {why}" + (f", near {near!r}" if near else "")


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
