"""Licences by short names that can be compared: SPDX's where there is one."""

import re

NOT_STATED = "not stated"

_CREATIVE_COMMONS = re.compile(r"CC[ -]?(BY(?:-NC)?(?:-SA|-ND)?)(?:[ -](\d\.\d))?", re.IGNORECASE)
_ZERO = re.compile(r"CC[ -]?0(?:[ -]1\.0)?", re.IGNORECASE)


def short_name(licence: str) -> str:
    """The SPDX identifier of a licence, as near as its text tells.

    Creative Commons licences have one, without a version where none is told. A licence that is not stated is
    SPDX's `NOASSERTION`; any other is a `LicenseRef-` of its words.

    >>> short_name("CC BY-NC-SA 4.0"), short_name("cc0"), short_name("SCIN Data Use License")
    ('CC-BY-NC-SA-4.0', 'CC0-1.0', 'LicenseRef-SCIN-Data-Use-License')
    """
    text = licence.strip()
    if _ZERO.fullmatch(text):
        return "CC0-1.0"
    if found := _CREATIVE_COMMONS.fullmatch(text):
        return "-".join(["CC", found[1].upper(), *([found[2]] if found[2] else [])])
    if text.casefold() in {"", NOT_STATED}:
        return "NOASSERTION"
    return "LicenseRef-" + "-".join(re.findall(r"[A-Za-z0-9.]+", text))
