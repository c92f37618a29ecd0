"""What structured columns say of images, one statement for each name and polarity."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import STATEMENTS
from kg.sources.cells import Cells, spread
from kg.sources.literals import read_list, read_weights
from kg.sources.specification import Fact, Meaning
from kg.sources.values import Values, fold


class _Said(NamedTuple):
    """One thing that a cell says, and the words that say it; no words are the whole cell."""

    meaning: Meaning
    words: str | None = None
    weight: float | None = None
    rank: int | None = None


def state(fact: Fact, cells: Cells, images: pa.Array) -> pa.Table:
    """The statements of one fact's columns.

    `images` has one id for each row, null where the row is not used. A cell that the specification gives no meaning
    is linked as it stands where the cells name terms, and noted where they say yes or no.
    """
    if fact.placeholders:
        cells = Cells(cells.rows, cells.empty | {*map(fold, fact.placeholders)}, cells.notes)
    said = [_state_column(fact, column, cells, images) for column in fact.columns]
    return pa.concat_tables([STATEMENTS.empty_table(), *said])


def _state_column(fact: Fact, column: str, cells: Cells, images: pa.Array) -> pa.Table:
    codes, values = cells.encode(column)
    used = images.is_valid().to_numpy(zero_copy_only=False)
    known = _Known(fact, column, cells)
    meanings = [known.say(value) for value in values]
    for number, meaning in enumerate(meanings):
        if meaning is None:
            cells.note(f"cells of {column!r} hold {values[number][:40]!r}, {known.fault}", used & (codes == number))
    flat = [meaning for each in meanings for meaning in each or ()]
    sizes = np.array([len(each or ()) for each in meanings], np.int64)
    rows, places = spread(np.where(used, codes, len(sizes)), np.append(sizes, 0))
    choice = pa.array(places)

    def constant(word: str | None) -> pa.Array:
        return pa.repeat(pa.scalar(word, pa.string()), len(rows))

    def chosen(column: pa.Array) -> pa.Array:
        return column.take(pa.array(rows))

    def told(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array(values, kind).take(choice)

    value = chosen(cells.words(fact.value)) if fact.value else constant(None)
    weight = chosen(cells.numbers(fact.weight)) if fact.weight else told([each.weight for each in flat], pa.float32())
    columns = {
        "image": chosen(images),
        "role": constant(fact.role),
        "polarity": told([each.meaning.polarity for each in flat], pa.string()),
        "surface": told([each.meaning.term for each in flat], pa.string()),
        "raw": pc.coalesce(
            told([each.words for each in flat], pa.string()), chosen(cells.rows[column].combine_chunks())
        ),
        "weight": weight,
        "rank": told([fact.rank if each.rank is None else each.rank for each in flat], pa.int8()),
        "value": value,
        "unit": pc.if_else(value.is_valid(), constant(fact.unit), None),
        "who": constant(fact.who),
        "annotator": constant(fact.annotator),
        "confirmed_by": chosen(cells.translate(fact.confirmed_by)),
        "column": constant(column),
    }
    return pa.table(columns, schema=STATEMENTS)


class _Known:
    """What the cells of one column mean."""

    def __init__(self, fact: Fact, column: str, cells: Cells) -> None:
        self._fact = fact
        self._column = column
        self._empty = cells.empty
        self._values = Values(fact.values or {})
        answers = ((fact.uncertain, "uncertain"), (fact.absent, "absent"), (fact.present, fact.polarity))
        self._answers = Values({word: polarity for words, polarity in answers for word in words})
        self.fault = "which says neither yes nor no" if fact.terms is not None else f"no {fact.cells} of names"

    def say(self, cell: str) -> tuple[_Said, ...] | None:
        """What a cell says; None where it is neither yes nor no, or not written as its column's cells are."""
        empty = fold(cell) in self._empty
        if self._fact.terms is not None:
            polarity = self._answers.get(cell)
            if polarity is not None:
                return (_Said(Meaning(self._fact.terms[self._column], polarity)),)
            return () if empty else None
        meanings = self._values.get(cell)
        if meanings is not None:
            return tuple(map(_Said, meanings))
        return () if empty else self._names(cell)

    def _names(self, cell: str) -> tuple[_Said, ...] | None:
        """What a cell says that `values` does not know as a whole."""
        fact = self._fact
        if fact.cells == "list":
            names = read_list(cell)
            return None if names is None else tuple(said for name in names for said in self._name(name))
        if fact.cells == "weights":
            entries = read_weights(cell)
            return None if entries is None else tuple(self._differential(entries))
        if fact.separator and fact.values:
            return tuple(self._pieces(cell, fact.separator))
        return (_Said(Meaning(fact.term or cell.strip(), fact.polarity)),)

    def _name(self, name: str) -> tuple[_Said, ...]:
        """One name of several in a cell."""
        meanings = self._values.get(name)
        if meanings is not None:
            return tuple(_Said(meaning, name) for meaning in meanings)
        return () if fold(name) in self._empty else (_Said(Meaning(name, self._fact.polarity), name),)

    def _differential(self, entries: tuple[tuple[str, float], ...]) -> Iterator[_Said]:
        certain = self._fact.certain
        for rank, (name, weight) in enumerate(entries, 1):
            doubtful = certain is not None and weight < certain
            for said in self._name(name):
                meaning = Meaning(said.meaning.term, "uncertain") if doubtful else said.meaning
                yield _Said(meaning, name, weight, rank)

    def _pieces(self, cell: str, separator: str) -> Iterator[_Said]:
        """The pieces that `values` knows, and between them what is left as it stands, to be linked as a whole."""
        rest: list[str] = []

        def linked() -> Iterator[_Said]:
            words = separator.join(rest).strip()
            if words:
                yield _Said(Meaning(words, self._fact.polarity), words)
            rest.clear()

        for piece in cell.split(separator):
            if self._values.get(piece) is None and fold(piece) not in self._empty:
                rest.append(piece)
                continue
            yield from linked()
            yield from self._name(piece.strip())
        yield from linked()
