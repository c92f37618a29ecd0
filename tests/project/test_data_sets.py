"""The tables of data sets in the documents are what the sources say."""

from pathlib import Path

import pytest

from kg import sources
from kg.licences import short_name

ROOT = Path(__file__).parents[2]


def rows(document: str) -> list[str]:
    """The rows of the table whose first cells are names of sources."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| `") and line.split("`")[1] in sources.names()]


def test_readme_lists_every_source_with_title_and_licence() -> None:
    specs = map(sources.describe, sources.names())
    assert rows("README.md") == [f"| `{spec.name}` | {spec.title} | {spec.licence} |" for spec in specs]


def test_sources_document_says_where_each_format_was_seen() -> None:
    specs = map(sources.describe, sources.names())
    expected = [f"| `{spec.name}` | {short_name(spec.licence)} | {spec.format_seen} |" for spec in specs]
    assert rows("docs/sources.md") == expected


@pytest.mark.parametrize("name", sources.names())
def test_source_has_what_a_reader_of_its_data_must_know(name: str) -> None:
    spec = sources.describe(name)
    assert spec.url
    assert spec.url.startswith("https://")
    assert spec.citation.endswith(".")
    assert "|" not in spec.title + spec.licence + spec.format_seen
