"""What a reviewer says of a term, and who the reviewer is."""

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum

from kg.errors import InputError

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])", re.IGNORECASE)


class Decision(StrEnum):
    """The words that a reviewer chooses from."""

    ACCEPT = "accept"
    CHANGE = "change"
    REJECT = "reject"

    @property
    def status(self) -> str:
        """The review status of a term in the ontology that this decision gives."""
        return {"accept": "accepted", "change": "to be changed", "reject": "rejected"}[self.value]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person, told apart by ORCID."""

    name: str
    orcid: str  # https://orcid.org/0000-0002-1825-0097


@dataclass(frozen=True, slots=True)
class Opinion:
    """One reviewer's decision on one term."""

    term: str  # CURIE
    decision: Decision
    comment: str | None
    reviewer: Reviewer
    day: datetime.date
    shown: str  # fingerprint of what the sheet showed of the term


def parse_orcid(text: str) -> str:
    """The IRI of an ORCID, written with or without `https://orcid.org/` and hyphens.

    Raises `InputError` when it has not sixteen digits or its last one, the check digit (ISO 7064, MOD 11-2), is wrong.
    """
    found = _ORCID.fullmatch(text.strip())
    if not found:
        raise InputError(f"{text!r} is no ORCID; expected sixteen digits such as 0000-0002-1825-0097")
    digits = "".join(found.groups()).upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    expected = "0123456789X"[(12 - total % 11) % 11]
    if digits[-1] != expected:
        raise InputError(
            f"{text!r} is no ORCID: its check digit is {digits[-1]} and should be {expected}; a digit is wrong"
        )
    return "https://orcid.org/" + "-".join(digits[place : place + 4] for place in range(0, 16, 4))
