"""A graph on a server, asked as one on disk is."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from kg import endpoint
from kg.errors import InputError
from kg.graph import Engine, KnowledgeGraph, Language
from kg.neo4j import Server, server
from kg.neo4j.asking import Neo4jEngine

if TYPE_CHECKING:
    import pyarrow as pa

    from kg.ontology import Ontology

_NAMES = {"sparql": "SPARQL", "cypher": "Cypher"}


def open_remote(place: "Path | str | Server") -> "RemoteGraph | None":
    """The graph on the server that is named; None for a folder.

    A Neo4j server is asked as `Server.of_environment` says.
    """
    if isinstance(place, Server):
        return RemoteGraph(place.uri, "cypher", Neo4jEngine(place))
    scheme = urlsplit(place).scheme if isinstance(place, str) else ""
    if scheme in server.SCHEMES:
        named = Server.of_environment(str(place))
        return RemoteGraph(named.uri, "cypher", Neo4jEngine(named))
    if scheme in endpoint.SCHEMES:
        engine = endpoint.SparqlEndpoint(str(place))
        return RemoteGraph(engine.url, "sparql", engine)
    return None


class RemoteGraph(KnowledgeGraph):
    """A graph that was copied to a Neo4j server (Cypher) or loaded into a SPARQL server.

    Names of terms are those of the ontology that comes with the package. The tables are in the folder that the graph
    was copied from: asking for them raises InputError, as does the other query language.
    """

    _plan_of = "EXPLAIN"

    def __init__(self, url: str, language: Language, engine: Engine) -> None:
        super().__init__(Path(), {"url": url})
        self._language = language
        self._answering = engine

    def __repr__(self) -> str:
        return f"<RemoteGraph {self.info['url']}>"

    def close(self) -> None:
        """End the connections. The graph can still be asked."""
        self._answering.close()

    @property
    def languages(self) -> tuple[Language, ...]:
        """The language of the server."""
        return (self._language,)

    @property
    def folder(self) -> Path:
        self._refuse("folder")

    @functools.cached_property
    def ontology(self) -> "Ontology":
        """The ontology that comes with the package."""
        from kg.ontology import Ontology

        return Ontology.load()

    def _engine(self, language: Language) -> Engine:
        if language != self._language:
            self._refuse(_NAMES[language])
        return self._answering

    def _table(self, name: str, columns: list[str] | None) -> "pa.Table":
        self._refuse(f"table {name}")

    def facts(self, columns: list[str] | None = None) -> "pa.Table":
        """Raises InputError, as every table does."""
        return self._table("facts", columns)

    def _refuse(self, what: str) -> NoReturn:
        raise InputError(
            f"{self.info['url']} is a server that answers {_NAMES[self._language]} and has no {what}: "
            "open the folder of the graph for it"
        )
