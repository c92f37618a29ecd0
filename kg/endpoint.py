"""SPARQL on a server, by the SPARQL 1.1 Protocol, with the answers of the embedded engine."""

import base64
import time
from typing import IO, Any
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import Request, urlopen

import pyarrow as pa

from kg.errors import InputError, QueryStopped
from kg.queries import check_sparql, check_timeout, declared_prefixes
from kg.sparql import PREFIXES, tabulate

SCHEMES = ("http", "https")
_RESULTS, _TRIPLES = "application/sparql-results+json", "application/n-triples"
_CHUNK = 1 << 20


class SparqlEndpoint:
    """A server that answers SPARQL queries. A user and a password may stand in the address, before the host."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        self.url = parts._replace(netloc=place).geturl()  # no message tells a password
        if parts.scheme not in SCHEMES or not parts.hostname or (not parts.username and "@" in url):
            shown = "the address" if "@" in self.url else self.url
            raise InputError(f"{shown}: no address of a SPARQL server: write it as http://host/path")
        self._headers = {"Accept": f"{_RESULTS}, {_TRIPLES};q=0.9"}
        if parts.username:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"

    def ask(self, query: str, parameters: dict[str, Any] | None = None, *, timeout: float = 60) -> pa.Table:
        """The answer as a table; parameters are bound before (`kg.queries.bind_sparql`).

        Raises InputError when the query is wrong, would do more than read, or when the server cannot be reached or says
        something else; QueryStopped when the answer is not there after `timeout` seconds.
        """
        import pyoxigraph as ox

        check_timeout(timeout)
        check_sparql(query)
        declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in declared_prefixes(query, PREFIXES).items())
        kind, content = self._post(declared + query, timeout)
        try:
            if kind == _RESULTS:
                return tabulate(ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON))
            if kind == _TRIPLES:
                return tabulate(quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{self.url}: the answer cannot be read: {error}") from error
        raise InputError(f"{self.url}: expected an answer in {_RESULTS} or {_TRIPLES}, got {kind}")

    def close(self) -> None:
        """Nothing is kept open between questions."""

    def _post(self, query: str, timeout: float) -> tuple[str, bytes]:
        """Content type and content of the answer."""
        from urllib.error import HTTPError

        request = Request(self.url, urlencode({"query": query}).encode(), self._headers)  # noqa: S310 - http or https
        deadline = time.monotonic() + timeout
        try:
            with urlopen(request, timeout=timeout) as answer:  # noqa: S310
                return answer.headers.get_content_type(), _read(answer, deadline)
        except HTTPError as error:
            said = error.read(500).decode("utf-8", errors="replace").strip()
            raise InputError(f"{self.url} answers {error.code}: {said or error.reason}") from error
        except TimeoutError as error:
            raise QueryStopped(f"no answer within {timeout:g} s: narrow the query or allow more time") from error
        except OSError as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise QueryStopped(f"no answer within {timeout:g} s: narrow the query or allow more time") from error
            raise InputError(f"{self.url} cannot be reached: {getattr(error, 'reason', error)}") from error


def _read(answer: IO[bytes], deadline: float) -> bytes:
    """All of an answer; TimeoutError when it is still coming at the deadline."""
    pieces = []
    while piece := answer.read(_CHUNK):
        if time.monotonic() > deadline:
            raise TimeoutError
        pieces.append(piece)
    return b"".join(pieces)
