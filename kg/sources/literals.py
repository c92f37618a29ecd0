"""Cells written as a list or a table of names, as JSON or as Python prints them: read as data, never run."""

import ast
import json
import math
import warnings
from collections.abc import Mapping
from typing import Any

_LONGEST = 20_000  # characters; a differential of three dermatologists has a few hundred


def read_list(cell: str) -> tuple[str, ...] | None:
    """The names in a cell such as `["a", "b"]` or `['a', 'b']`; None where it is no flat list of names."""
    value = _read(cell)
    if not isinstance(value, list | tuple) or not all(isinstance(each, str | int | float) for each in value):
        return None
    return tuple(name for each in value if (name := str(each).strip()))


def read_weights(cell: str) -> tuple[tuple[str, float], ...] | None:
    """The names and weights in a cell such as `{'a': 0.6, 'b': 0.4}`, the heaviest first; None where it is no table.

    Names of equal weight keep their order.
    """
    value = _read(cell)
    if not isinstance(value, Mapping) or not all(_is_weight(*entry) for entry in value.items()):
        return None
    entries = [(str(name).strip(), float(weight)) for name, weight in value.items()]
    return tuple(sorted(((name, weight) for name, weight in entries if name), key=lambda entry: -entry[1]))


def _is_weight(name: object, weight: object) -> bool:
    return (
        isinstance(name, str)
        and isinstance(weight, int | float)
        and not isinstance(weight, bool)
        and math.isfinite(weight)
    )


def _read(cell: str) -> Any:
    cell = cell.strip()
    if not cell or cell[0] not in "[({" or len(cell) > _LONGEST:
        return None
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that a cell has and Python does not
            return ast.literal_eval(cell)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
