"""Licences have short names that can be compared."""

import pytest

from kg.sources.licence import short_name


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC BY-NC-SA 3.0", "CC-BY-NC-SA-3.0"),
        ("cc-by-nc-nd-4.0", "CC-BY-NC-ND-4.0"),
        ("CC-BY-NC", "CC-BY-NC"),
        ("CC0", "CC0-1.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("CC-0", "CC0-1.0"),
        ("not stated", "NOASSERTION"),
        ("", "NOASSERTION"),
        ("CC BY-NC 4.0, after registration", "LicenseRef-CC-BY-NC-4.0-after-registration"),
        ("SCIN Data Use License", "LicenseRef-SCIN-Data-Use-License"),
    ],
)
def test_short_name(licence: str, name: str) -> None:
    assert short_name(licence) == name
