"""OWL 2 functional-style syntax, read into constructs."""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from kg.owlsyntax.construct import DEEPEST, Argument, Construct, SyntaxFault, make_iri, make_literal
from kg.rdfio import PREFIXES

_TOKEN = re.compile(
    r"""(?P<blank>(?:\s|\#[^\n]*)+)
    | Prefix\s*\(\s*(?P<prefix>[^\s()<>"=:]*):\s*=\s*<(?P<namespace>[^<>"]*)>\s*\)
    | (?P<close>\))
    | <(?P<iri>[^<>"]*)>
    | "(?P<text>(?:[^"\\]|\\.)*)"
      (?:\s*@(?P<language>[A-Za-z0-9-]+) | \s*\^\^\s*(?:<(?P<type>[^<>"]*)> | (?P<short>[^\s()<>"]+)))?
    | _:(?P<node>[^\s()<>"=@^#]+)
    | (?P<space>[^\s()<>"=@^:#]*):(?P<local>[^\s()<>"=@^#]*)
    | (?P<number>[0-9]+)(?=[\s()])
    | (?P<name>[A-Za-z]*)\s*(?P<open>\()""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\])')
_Token = tuple[int, re.Match[str]]


def parse_functional(text: str) -> tuple[Construct, dict[str, str]]:
    """The `Ontology` of a document in functional syntax, and the prefixes that it declares.

    Raises `SyntaxFault` for a document that is broken or has more or less than one ontology.
    """
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.prefixes: dict[str, str] = {}
        self.known = {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs", "xsd")}
        self.nodes: dict[str, ox.BlankNode] = {}

    def parse(self) -> tuple[Construct, dict[str, str]]:
        found: list[Construct] = []
        tokens = self._tokens()
        for line, match in tokens:
            if match["namespace"] is not None:
                self.prefixes[match["prefix"]] = self.known[match["prefix"]] = match["namespace"]
            elif match["name"] == "Ontology":
                found.append(self._construct(tokens, (line, match)))
            else:
                raise SyntaxFault(line, f"Prefix(…) or Ontology(…) expected instead of {_shown(match)}")
        if len(found) != 1:
            raise SyntaxFault(found[1].line if found else 1, f"{len(found)} ontologies in a file that has one")
        return found[0], self.prefixes

    def _tokens(self) -> Iterator[_Token]:
        position, line = 0, 1
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise SyntaxFault(line, f"not understood: {self.text[position : position + 40]!r}")
            if match.lastgroup != "blank":
                yield line, match
            line += match[0].count("\n")
            position = match.end()

    def _construct(self, tokens: Iterator[_Token], start: _Token) -> Construct:
        """The construct that an opening bracket begins, read to its closing one."""
        pending: list[tuple[_Token, list[Argument]]] = [(start, [])]
        for line, match in tokens:
            if match["open"]:
                if len(pending) == DEEPEST:
                    raise SyntaxFault(line, f"nested deeper than {DEEPEST} brackets")
                pending.append(((line, match), []))
            elif match["close"]:
                (begun, opening), arguments = pending.pop()
                made = Construct(opening["name"], tuple(arguments), begun)
                if not pending:
                    return made
                pending[-1][1].append(made)
            else:
                pending[-1][1].append(self._argument(line, match))
        (begun, opening), _ = pending[-1]
        raise SyntaxFault(begun, f"{_shown(opening)} is never closed")

    def _argument(self, line: int, match: re.Match[str]) -> Argument:
        if match["number"]:
            return int(match["number"])
        if match["node"]:
            return self.nodes.setdefault(match["node"], ox.BlankNode())
        if match["iri"] is not None:
            return make_iri(match["iri"], line)
        if match["local"] is not None:
            return self._expand(match["space"], match["local"], line)
        if match["text"] is None:
            raise SyntaxFault(line, f"{_shown(match)} in the middle of an ontology")
        datatype = match["type"]
        if match["short"]:
            space, _, local = match["short"].partition(":")
            datatype = self._expand(space, local, line).value
        elif datatype is not None:
            datatype = make_iri(datatype, line).value
        return make_literal(_ESCAPE.sub(r"\1", match["text"]), match["language"], datatype, line)

    def _expand(self, prefix: str, local: str, line: int) -> ox.NamedNode:
        if prefix not in self.known:
            raise SyntaxFault(line, f"the prefix {prefix!r} is not declared: Prefix({prefix}:=<…>)")
        return make_iri(self.known[prefix] + local, line)


def _shown(match: re.Match[str]) -> str:
    return repr(match[0][:40])
