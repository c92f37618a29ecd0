"""Licences by short names, SPDX's where there is one, so that the same one is found however it is spelled."""

import re
from collections.abc import Iterable, Sequence

from kg.errors import InputError

NOT_STATED = "not stated"

_CREATIVE_COMMONS = re.compile(r"CC[ -]?(BY(?:-NC)?(?:-SA|-ND)?)(?:[ -](\d\.\d))?", re.IGNORECASE)
_ZERO = re.compile(r"CC[ -]?0(?:[ -]1\.0)?", re.IGNORECASE)


def short_name(licence: str) -> str:
    """The SPDX identifier of a licence, as near as its text tells.

    Creative Commons licences have one, without a version where none is told. A licence that is not stated is
    SPDX's `NOASSERTION`; any other is a `LicenseRef-` of its words. A short name stays what it is.

    >>> short_name("CC BY-NC-SA 4.0"), short_name("cc0"), short_name("SCIN Data Use License")
    ('CC-BY-NC-SA-4.0', 'CC0-1.0', 'LicenseRef-SCIN-Data-Use-License')
    """
    text = licence.strip()
    if _ZERO.fullmatch(text):
        return "CC0-1.0"
    if found := _CREATIVE_COMMONS.fullmatch(text):
        return "-".join(["CC", found[1].upper(), *([found[2]] if found[2] else [])])
    if text.casefold() in {"", NOT_STATED, "noassertion"}:
        return "NOASSERTION"
    if text.casefold().startswith("licenseref-"):
        return text
    return "LicenseRef-" + "-".join(re.findall(r"[A-Za-z0-9.]+", text))


def address(licence: str) -> str | None:
    """Where a Creative Commons licence of a known version is published; None for any other, and where none is told.

    >>> address("CC BY-NC-SA 4.0")
    'https://creativecommons.org/licenses/by-nc-sa/4.0/'
    """
    name = short_name(licence)
    if name == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    found = _CREATIVE_COMMONS.fullmatch(name)
    return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/" if found and found[2] else None


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
    return re.sub(r"[^a-z0-9]+", "", short_name(licence).casefold())
