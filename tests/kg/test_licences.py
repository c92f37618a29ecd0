"""Licences have short names that can be compared."""

import pytest

from kg.errors import InputError
from kg.licences import address, find_licences, short_name


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
    assert short_name(name) == name


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-nd-3.0", "https://creativecommons.org/licenses/by-nc-nd/3.0/"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC BY-NC", None),
        ("CC BY-NC 4.0, after registration", None),
        ("not stated", None),
    ],
)
def test_address_of_a_licence(licence: str, url: str | None) -> None:
    assert address(licence) == url


KNOWN = ["CC BY-NC 4.0", "CC BY 4.0", "SCIN Data Use License", "not stated", None]


def test_allowed_licence_is_found_by_its_text_or_its_short_name() -> None:
    for allowed in (["cc-by-nc-4.0", "LicenseRef-SCIN-Data-Use-License"], ["CC BY-NC 4.0", "scin data use license"]):
        assert find_licences(KNOWN, allowed) == {"CC BY-NC 4.0", "SCIN Data Use License"}
    assert find_licences(KNOWN, ["NOASSERTION"]) == {"not stated"}


def test_allowed_licence_that_no_source_has_is_named() -> None:
    with pytest.raises(InputError, match="no source has the licence 'CC0'"):
        find_licences(KNOWN, ["CC0"])
