"""The pair graph as RDF: Oxigraph on disk, asked with SPARQL 1.1."""

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

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

_PLACE = re.compile(r"error at (?P<line>\d+):(?P<column>\d+): expected (?P<expected>.*)", re.DOTALL)
_CLASS_OF_CHARACTERS = re.compile(r"\['.*?'\]", re.DOTALL)
_KEYWORD = re.compile(r"[A-Z][A-Z0-9_]*")
_SENTENCE = re.compile(r"[A-Z]\w+(?: \w+){2,}")
_SHOWN = 25
"""Characters on either side of a mistake."""
_ROOM = " " * 64

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

_BULK = 24 << 20
"""Bytes of text that are loaded at once, about a quarter of a million quads, for which Oxigraph takes 0.3 gigabytes."""


class Loader:
    """Writes an Oxigraph store from texts that are made and loaded two at a time, beside whatever else goes on.

    A context; left before `finish`, it gives up what has not begun. Memory is bounded by `_BULK`, whatever the graph.
    """

    def __init__(self, folder: Path) -> None:
        import pyoxigraph as ox

        self._store = ox.Store(folder)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="load")
        self._loads: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
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

    def finish(self) -> int:
        """Wait for all loads and return how many quads the store has. Raises OSError when the disk refuses."""
        for load in self._loads:
            load.result()
        self._store.optimize()
        self._store.flush()
        return len(self._store)


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
        except SyntaxError as error:
            raise InputError(f"SPARQL: {syntax_error(error, query)}") from error
        except ValueError as error:
            raise InputError(f"SPARQL: {error}") from error

    return answer


def syntax_error(error: SyntaxError, query: str) -> str:
    """Where a query is wrong, with the text of that line on both sides, and why where the engine tells it in words.

    What it expects instead it tells as its grammar has it, in hundreds of characters: that is left out.
    """
    said = _parse_error(query) or str(error)
    place = _PLACE.match(said)
    if place is None:
        return said
    starts = [0, *(found.end() for found in re.finditer("\n", query))]
    line = min(int(place["line"]), len(starts) + 1)
    offset = (len(query) + 1 if line > len(starts) else starts[line - 1]) + int(place["column"]) - 1
    expected = _CLASS_OF_CHARACTERS.sub("", place["expected"]).removeprefix("one of ").split(", ")
    if all(_KEYWORD.fullmatch(each) for each in expected):
        offset -= min(len(each) for each in expected)
    read = query[: max(offset, 0)]
    number, start = read.count("\n") + 1, read.rpartition("\n")[2]
    rest = query[len(read) :].partition("\n")[0].strip()
    reason = "; ".join(_SENTENCE.findall(place["expected"])) or "not understood"
    found = f"'{rest[:_SHOWN]}'" if rest else "the end"
    after = f" after '{start.strip()[-_SHOWN:]}'" if start.strip() else ""
    return f"line {number}, column {len(start) + 1}: {reason}: {found}{after}"


def _parse_error(query: str) -> str:
    """What the engine says of a query with room behind it.

    It tells the place where the longest keyword that might have stood there would end, or where the query does.
    """
    import pyoxigraph as ox

    try:
        ox.Store().query(f"{query}\n{_ROOM}", prefixes=declared_prefixes(query, PREFIXES))
    except SyntaxError as error:
        return str(error)
    return ""


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
