"""What a query may say. The cases are in `data/refused_queries.tsv` and `data/allowed_queries.tsv`."""

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.queries import bind_sparql, check_cypher, check_sparql, declared_prefixes

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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"diseas": "x"}, r"no parameter \$diseas: did you mean \$disease\?"),
        ({"nope": 1}, r"no parameter \$nope: it has \$disease, \$level$"),
    ],
)
def test_a_parameter_that_the_query_has_not_is_refused_with_those_that_it_has(
    given: dict[str, object], message: str
) -> None:
    values = {"disease": "psoriasis", "level": 2} | given
    with pytest.raises(InputError, match=f"Cypher: the query has {message}"):
        check_cypher("MATCH (d:Disease) WHERE d.label = $disease AND d.level > $level RETURN d", values)
    with pytest.raises(InputError, match=f"SPARQL: the query has {message}"):
        bind_sparql("ASK { ?d rdfs:label $disease ; d1m:level $level }", given)


def test_a_query_without_parameters_says_so() -> None:
    with pytest.raises(InputError, match=r"no parameter \$nope: it has none"):
        check_cypher("RETURN 1 AS one // $nope", {"nope": 1})


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


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
@example('" . SERVICE <http://127.0.0.1:9/> { ?s ?p "')
@example(r"\u0022 } LOAD <file:///etc/passwd> #")
@example("\\\\U00000022\r\n\t'''")
def test_a_text_that_is_bound_comes_back_as_it_is(text: str) -> None:
    query = bind_sparql("SELECT ($x AS ?text) {}", {"x": text})
    check_sparql(query)
    [solution] = ox.Store().query(query)
    assert solution["text"] == ox.Literal(text)


@pytest.mark.parametrize(
    ("value", "term"),
    [
        (3, ox.Literal(3)),
        (-1.5, ox.Literal(-1.5)),
        (True, ox.Literal(True)),
        (ox.NamedNode("http://example.org/a"), ox.NamedNode("http://example.org/a")),
        (ox.Literal("a", language="en"), ox.Literal("a", language="en")),
        (rdflib.URIRef("http://example.org/a"), ox.NamedNode("http://example.org/a")),
        (rdflib.Literal("a", lang="en"), ox.Literal("a", language="en")),
    ],
)
def test_a_value_is_bound_as_a_term(value: object, term: object) -> None:
    [solution] = ox.Store().query(bind_sparql("SELECT ?x { BIND($value AS ?x) }", {"value": value}))
    assert solution["x"] == term


def test_only_variables_are_bound() -> None:
    query = "SELECT ?y { ?y ?p '$x', <http://example.org/$x>, $x } # $x"
    assert bind_sparql(query, {"x": 1}) == "SELECT ?y { ?y ?p '$x', <http://example.org/$x>,  1  } # $x"


@pytest.mark.parametrize(
    ("query", "value", "message"),
    [
        ("SELECT ?y { ?y ?p ?o }", 1, r"no parameter \$x"),
        ("SELECT ?x { ?x ?p $x }", 1, r"\?x needs another name"),
        ("SELECT ?y { ?y ?p $x }", [1], "no text, number, boolean or RDF term"),
        ("SELECT ?y { ?y ?p $x }", float("nan"), "no text, number"),
    ],
)
def test_what_cannot_be_bound_is_refused(query: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        bind_sparql(query, {"x": value})


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"NUL|surrogate"):
        check_sparql(bind_sparql("SELECT ($x AS ?text) {}", {"x": text}))


@pytest.mark.parametrize("bracket", ["{}", "()", "[]"])
@pytest.mark.parametrize(("language", "begin", "check"), [("SPARQL", "ASK", "sparql"), ("Cypher", "RETURN", "cypher")])
def test_brackets_nested_too_deep_for_a_parser_are_refused(bracket: str, language: str, begin: str, check: str) -> None:
    opening, closing = bracket
    _check(check, f"{begin} {opening * 100} 1 {closing * 100} {opening} '{opening * 200}' {closing}")
    for depth in (101, 100_000):
        with pytest.raises(InputError, match=f"{language}: brackets stand in brackets more than 100 deep"):
            _check(check, f"{begin} {opening * depth} 1 {closing * depth}")


SEARCH = "CALL db.index.fulltext.queryNodes('texts', $words) YIELD node, score RETURN node.id AS id, score"


def test_a_procedure_may_be_called_where_it_is_named() -> None:
    check_cypher(SEARCH, ["words"], {"db.index.fulltext.queryNodes"})
    check_cypher(f"MATCH (p:Pair) {SEARCH}", ["words"], {"db.index.fulltext.queryNodes"})


@pytest.mark.parametrize(
    "query",
    [
        SEARCH,
        "CALL db.index.fulltext.queryNodes.more('x') YIELD node RETURN node",
        "CALL db.index('fulltext.queryNodes') YIELD node RETURN node",
        "CALL { MATCH (n) DETACH DELETE n }",
    ],
)
def test_another_procedure_is_refused(query: str) -> None:
    with pytest.raises(InputError, match=r"CALL|begins with MATCH"):
        check_cypher(query, ["words"], {"db.index.vector.queryNodes"})
