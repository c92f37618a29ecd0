"""Licences by short names, SPDX's where there is one, so that the same one is found however it is spelled."""

import re
from collections.abc import Iterable, Sequence

from kg.errors import InputError

NOT_STATED = "not stated"

_CREATIVE_COMMONS = re.compile(r"CC[ -]?(BY(?:-NC)?(?:-SA|-ND)?)(?:[ -](\d\.\d))?", re.IGNORECASE)
_AND = " AND "
_TITLE = re.compile(r" \([^()]*\)$")
_ZERO = re.compile(r"CC[ -]?0(?:[ -]1\.0)?", re.IGNORECASE)


def short_name(licence: str) -> str:
    """The SPDX identifier of a licence, as near as its text tells.

    Creative Commons licences have one, without a version where none is told. A licence that is not stated is
    SPDX's `NOASSERTION`; any other is a `LicenseRef-` of its words. Of licences that hold together (`combine`) each has
    its own. A short name stays what it is.

    >>> short_name("CC BY-NC-SA 4.0"), short_name("cc0"), short_name("SCIN Data Use License")
    ('CC-BY-NC-SA-4.0', 'CC0-1.0', 'LicenseRef-SCIN-Data-Use-License')
    """
    return _AND.join(_short_name(part) for part in split_licence(licence))


def combine(licence: str, others: Iterable[tuple[str, str]]) -> str:
    """A licence, and those (title, licence) of what was added, which hold beside it.

    >>> combine("CC BY 4.0", [("SkinCon", "not stated")])
    'CC BY 4.0 AND not stated (SkinCon)'
    """
    return _AND.join([licence, *(f"{other} ({title})" for title, other in others)])


def split_licence(licence: str) -> list[str]:
    """The licences that hold together, without the titles of what they are of."""
    first, *others = licence.split(_AND)
    return [first, *(_TITLE.sub("", other) for other in others)]


def _short_name(licence: str) -> str:
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

    Of licences that hold together all must be allowed. Raises `InputError` for an allowed licence that no source has.
    """
    parts = {licence: {_plain(part) for part in split_licence(licence)} for licence in known if licence}
    there = set[str]().union(*parts.values())
    names = {part: name for name in allowed for part in map(_plain, split_licence(name))}
    if unknown := [name for part, name in names.items() if part not in there]:
        said = ", ".join(sorted(parts)) or "none"
        raise InputError(f"no source has the licence '{unknown[0]}': the graph has {said}")
    return {licence for licence, own in parts.items() if own <= names.keys()}


def _plain(licence: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", short_name(licence).casefold())
