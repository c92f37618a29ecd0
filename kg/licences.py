"""Licences by name: the same one however it is spelled."""

import re
from collections.abc import Iterable, Sequence

from kg.errors import InputError


def find_licences(known: Iterable[str | None], allowed: Sequence[str]) -> set[str]:
    """The known licences that are among the allowed ones; `cc-by-nc-4.0` is *CC BY-NC 4.0*.

    Raises `InputError` for an allowed licence that no source has.
    """
    spelled: dict[str, set[str]] = {}
    for licence in known:
        if licence:
            spelled.setdefault(_plain(licence), set()).add(licence)
    if unknown := [name for name in allowed if _plain(name) not in spelled]:
        there = ", ".join(sorted(set().union(*spelled.values()))) or "none"
        raise InputError(f"no source has the licence '{unknown[0]}': the graph has {there}")
    return set[str]().union(*(spelled[_plain(name)] for name in allowed))


def _plain(licence: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", licence.casefold())
