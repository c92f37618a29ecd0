"""Cells of delimited text that a spreadsheet would run as formulas, disarmed by an apostrophe, and read back."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA = "^'*[=+\\-@\t\r]"
"""An apostrophe that was there before gets another one, so that taking one away always gives back what was there."""


def disarm(cells: "pa.Array | pa.ChunkedArray") -> "tuple[pa.Array | pa.ChunkedArray, pa.Array | pa.ChunkedArray]":
    """The texts with an apostrophe before each that a spreadsheet would run, and which ones those are (booleans)."""
    import pyarrow.compute as pc

    runs = pc.fill_null(pc.match_substring_regex(cells, _FORMULA), False)
    return pc.if_else(runs, pc.binary_join_element_wise("'", cells, ""), cells), runs


def restore(cell: str) -> str:
    """A text as it was before `disarm`.

    >>> restore("'=1+1"), restore("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and re.match(_FORMULA, cell) else cell
