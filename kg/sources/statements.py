"""What structured columns say of images, one statement for each name and polarity."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kg.pairs import STATEMENTS
from kg.sources.cells import Cells, fold, spread
from kg.sources.specification import Fact, Meaning


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
    meanings = [_meaning(fact, column, value, cells) for value in values]
    for number, meaning in enumerate(meanings):
        if meaning is None:
            what = f"cells of {column!r} hold {values[number][:40]!r}, which says neither yes nor no"
            cells.note(what, used & (codes == number))
    flat = [meaning for each in meanings for meaning in each or ()]
    sizes = np.array([len(each or ()) for each in meanings], np.int64)
    rows, places = spread(np.where(used, codes, len(sizes)), np.append(sizes, 0))
    choice = pa.array(places)

    def constant(word: str | None) -> pa.Array:
        return pa.repeat(pa.scalar(word, pa.string()), len(rows))

    def chosen(column: pa.Array) -> pa.Array:
        return column.take(pa.array(rows))

    value = chosen(cells.words(fact.value)) if fact.value else constant(None)
    weight = chosen(cells.numbers(fact.weight)) if fact.weight else pa.nulls(len(rows), pa.float32())
    columns = {
        "image": chosen(images),
        "role": constant(fact.role),
        "polarity": pa.array([meaning.polarity for meaning in flat], pa.string()).take(choice),
        "surface": pa.array([meaning.term for meaning in flat], pa.string()).take(choice),
        "raw": chosen(cells.rows[column].combine_chunks()),
        "weight": weight,
        "rank": pa.repeat(pa.scalar(fact.rank, pa.int8()), len(rows)),
        "value": value,
        "unit": pc.if_else(value.is_valid(), constant(fact.unit), None),
        "who": constant(fact.who),
        "annotator": constant(fact.annotator),
        "confirmed_by": chosen(cells.translate(fact.confirmed_by)),
        "column": constant(column),
    }
    return pa.table(columns, schema=STATEMENTS)


def _meaning(fact: Fact, column: str, value: str, cells: Cells) -> tuple[Meaning, ...] | None:
    """What a value says; None where a yes-or-no column has one that is neither."""
    word = fold(value)
    if fact.terms is not None:
        for polarity, words in ((fact.polarity, fact.present), ("absent", fact.absent), ("uncertain", fact.uncertain)):
            if word in map(fold, words):
                return (Meaning(fact.terms[column], polarity),)
        return () if word in cells.empty else None
    for known, meaning in (fact.values or {}).items():
        if word == fold(known):
            return meaning
    return () if word in cells.empty else (Meaning(fact.term or value.strip(), fact.polarity),)
