"""What a query may say: an allow-list on the token stream, before an engine sees the text.

Opening an engine read-only does not keep a query from files or the network, so the words that reach them are refused
here. Strings, IRIs and comments are removed first; what is left must be one statement of reading clauses.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from threading import TIMEOUT_MAX
from typing import Any, NamedTuple

from kg.errors import InputError


class Token(NamedTuple):
    kind: str  # word, string, iri, name, variable, number, mark
    text: str


_SPARQL = re.compile(
    r"""
    (?P<space>\s+ | \#[^\n\r]*)
  | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
  | (?P<string>\"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*'''
        | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:[^\W\d][\w.\-]*)?:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*)
  | (?P<word>@?[^\W\d][\w\-]*)
  | (?P<mark>[^\\"'])
    """,
    re.VERBOSE | re.DOTALL,
)
_CYPHER = re.compile(
    r"""
    (?P<space>\s+ | //[^\n\r]* | /\*.*?\*/)
  | (?P<string>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
  | (?P<name>`(?:[^`]|``)*` | [.:|]\s*[^\W\d]\w*)
  | (?P<variable>\$\w+)
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<mark>[^\\"'`])
    """,
    re.VERBOSE | re.DOTALL,
)

_SPARQL_FORMS = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
_SPARQL_REFUSED = frozenset({"SERVICE", "LOAD", "INSERT", "DELETE", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"})
_CYPHER_FIRST = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN"})
_CYPHER_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        ALL AND ANY AS ASC ASCENDING BY CASE CONTAINS COUNT DESC DESCENDING DISTINCT ELSE END ENDS EXISTS FALSE IN IS
        LIMIT MATCH NONE NOT NULL OPTIONAL OR ORDER RETURN SINGLE SKIP STARTS THEN TRUE UNION UNWIND WHEN WHERE WITH
        XOR YIELD""",
    )
)
_CYPHER_REFUSED = frozenset(
    re.findall(
        r"\w+",
        """
        ALTER ATTACH BEGIN CALL CHECKPOINT COMMIT COPY CREATE DELETE DETACH DROP EXPORT FOREACH IMPORT INSTALL LOAD
        MERGE REMOVE ROLLBACK SET USE""",
    )
)

_DEEPEST = 100
"""Brackets within brackets. Parsers call themselves for each, and a thousand or more overflow their stack."""


def check_timeout(seconds: float) -> None:
    """Raise InputError unless this is a time that can be waited."""
    if not 0 < seconds <= TIMEOUT_MAX:
        raise InputError(f"a time limit of {seconds:g} s: give a number of seconds above 0")


def check_sparql(query: str) -> str:
    """Which of SELECT, ASK, CONSTRUCT and DESCRIBE the query is. Raises InputError for any other, and for SERVICE."""
    form = ""
    for text in _readings(query):
        tokens = list(_tokens(_SPARQL, text, "SPARQL"))
        _check_nesting(tokens, "SPARQL")
        words = [token.text.upper() for token in tokens if token.kind == "word"]
        # `?a<?b)SERVICE?c#>` looks like an IRI, and a parser may read a comparison there
        hidden = {
            word.upper() for token in tokens if token.kind == "iri" and ")" in token.text for word in _words(token.text)
        }
        if refused := _SPARQL_REFUSED & hidden.union(words):
            raise InputError(f"SPARQL: {_names(refused)} is not allowed here: queries only read this graph")
        forms = [word for word in words if word in _SPARQL_FORMS]
        prologue = words[: words.index(forms[0])] if forms else words
        if not forms or any(word not in {"PREFIX", "BASE"} for word in prologue):
            raise InputError("SPARQL: expected a query that begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
        form = forms[0]
    return form


def check_cypher(query: str, parameters: Iterable[str], procedures: Collection[str] = ()) -> None:
    """Raise InputError unless the text is one statement of reading clauses, and the parameters are those that it has.

    EXPLAIN may stand before it, and it may call the procedures that are named.
    """
    given, known = set(parameters), set[str]()
    for text in _readings(query):
        tokens = _without_calls(list(_tokens(_CYPHER, text, "Cypher")), procedures)
        _check_nesting(tokens, "Cypher")
        if tokens and tokens[0].text.upper() == "EXPLAIN":
            tokens = tokens[2 if tokens[1:] and tokens[1].text.upper() == "LOGICAL" else 1 :]
        if tokens and tokens[-1].text == ";":
            tokens.pop()
        if any(token.text == ";" for token in tokens):
            raise InputError("Cypher: one statement at a time: remove what follows the first ';'")
        if not tokens or tokens[0].text.upper() not in _CYPHER_FIRST:
            raise InputError("Cypher: expected a query that begins with MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN")
        words = {token.text.upper() for token in tokens if token.kind == "word"}
        if refused := _CYPHER_REFUSED & words:
            raise InputError(
                f"Cypher: {_names(refused)} is not allowed here: queries only read this graph "
                "(a variable of that name: put it in backticks)"
            )
        for first, second in pairwise(tokens):
            joined = _is_identifier(first) and (_is_identifier(second) or second.kind == "string")
            if joined or (first.kind == "number" and second.kind == "name" and second.text.startswith(".")):
                raise InputError(f"Cypher: {first.text} {second.text}: not a reading clause, or a missing operator")
        asked = {token.text[1:] for token in tokens if token.kind == "variable"}
        if missing := asked - given:
            raise InputError(f"Cypher: no value for the parameter {_names(f'${name}' for name in missing)}")
        known |= asked
    if unknown := given - known:
        raise InputError(f"Cypher: {_no_parameter(min(unknown), known)}")


def _check_nesting(tokens: Iterable[Token], language: str) -> None:
    depth = 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
            if depth > _DEEPEST:
                raise InputError(f"{language}: brackets stand in brackets more than {_DEEPEST} deep")


def _without_calls(tokens: list[Token], procedures: Collection[str]) -> list[Token]:
    """The tokens with a clause that reads in the place of each call of one of these procedures."""
    left: list[Token] = []
    place = 0
    while place < len(tokens):
        end = place + 2
        while end < len(tokens) and tokens[end].kind == "name" and tokens[end].text.startswith("."):
            end += 1
        name = "".join(re.sub(r"\s", "", token.text) for token in tokens[place + 1 : end])
        if tokens[place].text.upper() == "CALL" and name in procedures:
            left.append(Token("word", "MATCH"))
            place = end
        else:
            left.append(tokens[place])
            place += 1
    return left


def declared_prefixes(query: str, usual: Mapping[str, str]) -> dict[str, str]:
    """The usual prefixes that a SPARQL query does not declare itself."""
    tokens = list(_tokens(_SPARQL, query, "SPARQL"))
    own = {
        second.text.rstrip(":")
        for first, second in pairwise(tokens)
        if first.kind == "word" and first.text.upper() == "PREFIX"
    }
    return {prefix: iri for prefix, iri in usual.items() if prefix not in own}


def bind_sparql(query: str, parameters: Mapping[str, Any]) -> str:
    """The query with a term in the place of each `$name` among its tokens; within strings, IRIs and comments none is.

    A parameter is text, a number, a boolean, or a term of pyoxigraph or rdflib. Raises InputError when one stands
    nowhere in the query, when `?name` does too (in SPARQL one variable with `$name`), and when none can be made of it.
    """
    if not parameters:
        return query
    lexemes = list(_lexemes(_SPARQL, query, "SPARQL"))
    variables = {lexeme.text for lexeme in lexemes if lexeme.kind == "variable"}
    known = {variable[1:] for variable in variables if variable.startswith("$")}
    for name in parameters:
        if name not in known:
            raise InputError(f"SPARQL: {_no_parameter(name, known)}")
        if f"?{name}" in variables:
            raise InputError(f"SPARQL: ${name} is a parameter, so that ?{name} needs another name")
    terms = {f"${name}": f" {_sparql_term(name, value)} " for name, value in parameters.items()}
    return "".join(
        terms.get(lexeme.text, lexeme.text) if lexeme.kind == "variable" else lexeme.text for lexeme in lexemes
    )


def _no_parameter(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1)
    there = f"did you mean ${near[0]}?" if near else f"it has {_names(f'${each}' for each in known) or 'none'}"
    return f"the query has no parameter ${name}: {there}"


def _sparql_term(name: str, value: object) -> str:
    if callable(n3 := getattr(value, "n3", None)):  # rdflib's terms, some of which are strings
        return str(n3())
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float() if isfinite(value):
            return f'"{value!r}"^^<http://www.w3.org/2001/XMLSchema#double>'
        case str():
            return quote_sparql(value)
    if type(value).__module__.startswith("pyoxigraph"):
        return str(value)
    raise InputError(f"${name}: {value!r} is no text, number, boolean or RDF term")


def quote_sparql(text: str) -> str:
    """A string of SPARQL; no `\\u` is left in it that an engine might read as a character before it reads strings."""
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(raw, escaped)
    return '"' + text.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055") + '"'


def quote_cypher(text: str) -> str:
    """A string of Cypher, under the same care as `quote_sparql`."""
    for raw, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(raw, escaped)
    return "'" + text.replace("\\u", "\\\\u0075").replace("\\U", "\\\\u0055") + "'"


def _readings(query: str) -> list[str]:
    """The text with its code point escapes resolved, and as written: engines differ in when they resolve them."""
    if "\0" in query:
        raise InputError("the query holds a NUL character")
    if not query.isascii() and any("\ud800" <= character <= "\udfff" for character in query):
        raise InputError("the query holds half a surrogate pair, which is no character")
    return [re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", _character, query), query]


def _character(escape: re.Match[str]) -> str:
    point = int(escape[1] or escape[2], 16)
    if point > 0x10FFFF:
        raise InputError(f"{escape[0]}: no such character")
    return chr(point)


def _tokens(grammar: re.Pattern[str], text: str, language: str) -> Iterator[Token]:
    return (lexeme for lexeme in _lexemes(grammar, text, language) if lexeme.kind != "space")


def _lexemes(grammar: re.Pattern[str], text: str, language: str) -> Iterator[Token]:
    """The tokens with the spaces and comments between them: together they are the text."""
    place = 0
    while place < len(text):
        match = grammar.match(text, place)
        if match is None:
            line = text.count("\n", 0, place) + 1
            raise InputError(f"{language}: line {line}: unexpected {text[place : place + 20]!r}: is a quote left open?")
        place = match.end()
        yield Token(str(match.lastgroup), match[0])


def _is_identifier(token: Token) -> bool:
    return token.kind == "word" and token.text.upper() not in _CYPHER_KEYWORDS


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d]\w*", text)


def _names(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
