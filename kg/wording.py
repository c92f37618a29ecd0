"""How lists, numbers and articles are said in English, and where templates are read."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from kg.resources import templates_folder

if TYPE_CHECKING:
    from jinja2 import Environment, Template

# Words written with a vowel and spoken with a consonant: "a unilateral rash", "a European …"
_CONSONANT_SOUND = re.compile(r"(?:uni(?!n|m)|use|usu|eu|one\b|once\b)", re.IGNORECASE)


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """The items as a list in a sentence.

    >>> listed(["scale", "crust", "erythema"])
    'scale, crust and erythema'
    """
    *first, last = items
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def with_article(phrase: str) -> str:
    """The phrase with its indefinite article.

    >>> with_article("ulcer"), with_article("plaque"), with_article("unilateral plaque")
    ('an ulcer', 'a plaque', 'a unilateral plaque')
    """
    vowel = phrase[:1].lower() in "aeiou" and not _CONSONANT_SOUND.match(phrase)
    return f"{'an' if vowel else 'a'} {phrase}"


def counted(number: int, noun: str) -> str:
    """So many of what a noun names whose plural ends in s.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def capitalized(sentence: str) -> str:
    """The sentence with a capital first letter, the rest as it was."""
    return sentence[:1].upper() + sentence[1:]


@cache
def read_templates(name: str) -> dict[str, Any]:
    """The template file `name` of the package, as TOML has it. Templates themselves are still text."""
    return tomllib.loads((templates_folder() / name).read_text("utf-8"))


@cache
def template(source: str) -> "Template":
    """A Jinja2 template with this module's filters; an unknown variable raises, white space runs together."""
    return _environment().from_string(" ".join(source.split()))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 plain text, never HTML
    environment.filters |= {"listed": listed, "with_article": with_article, "capitalized": capitalized}
    return environment
