"""What a query may say. The cases are in `data/refused_queries.tsv` and `data/allowed_queries.tsv`."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.queries import check_cypher, check_sparql, declared_prefixes

DATA = Path(__file__).parent / "data"


def _cases(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def _check(language: str, query: str) -> None:
    if language == "sparql":
        check_sparql(query)
    else:
        check_cypher(query, ())


@pytest.mark.parametrize(("language", "query", "word"), _cases("refused_queries.tsv"))
def test_a_query_that_does_more_than_read_is_refused_and_the_message_says_why(
    language: str, query: str, word: str
) -> None:
    with pytest.raises(InputError, match=word):
        _check(language, query)


@pytest.mark.parametrize(("language", "query"), _cases("allowed_queries.tsv"))
def test_a_reading_query_passes_whatever_its_strings_names_and_comments_say(language: str, query: str) -> None:
    _check(language, query)


def test_a_parameter_without_a_value_is_refused() -> None:
    with pytest.raises(InputError, match=r"\$name"):
        check_cypher("MATCH (p:Pair) WHERE p.id = $name RETURN p", ())


def test_the_usual_prefixes_step_back_before_a_query_s_own() -> None:
    usual = {"d1m": "https://w3id.org/derm1m/vocab#", "skos": "http://www.w3.org/2004/02/skos/core#"}
    assert declared_prefixes("PREFIX d1m: <http://example.org/> ASK {}", usual) == {"skos": usual["skos"]}


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(["'", '"']))
def test_no_text_within_a_string_changes_what_a_query_may_do(text: str, mark: str) -> None:
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}").replace("\0", "")
    query = f"MATCH (p:Pair) WHERE p.text = {mark}{escaped}{mark} RETURN p.id"
    if "\\\\u" not in escaped.lower():
        check_cypher(query, ())
    with pytest.raises(InputError):
        check_cypher(f"{query} CREATE (q)", ())
