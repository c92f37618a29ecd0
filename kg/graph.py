"""A graph that was built: its tables, its ontology, and its answers to SPARQL and Cypher."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from kg.errors import InputError
from kg.folder import current_build, prune
from kg.wording import counted

if TYPE_CHECKING:
    import networkx as nx
    import pyarrow as pa

    from kg.neo4j import Server
    from kg.ontology import Ontology
    from kg.selection import Selection

__all__ = ["FORMAT", "KnowledgeGraph", "prune"]

FORMAT = 4
"""Of the folder of a build; raised when a graph that is already on disk can no longer be read."""


Language: TypeAlias = Literal["sparql", "cypher"]


class Engine(Protocol):
    """What answers the queries of one language."""

    def ask(self, query: str, parameters: dict[str, Any] | None = None, *, timeout: float = 60) -> "pa.Table":
        """The answer as a table. Raises InputError, of which QueryStopped at a limit."""

    def close(self) -> None:
        """End what answers. A later question starts it again."""


class KnowledgeGraph:
    """One build of a graph. It stays the same while it is open, also when another is built beside it.

    >>> graph = KnowledgeGraph.open("derm.kg")                             # doctest: +SKIP
    >>> graph.cypher("MATCH (p:Pair) RETURN count(p) AS pairs")            # doctest: +SKIP
    """

    _plan_of = "EXPLAIN LOGICAL"  # how the Cypher engine is asked for its plan

    def __init__(self, folder: Path, info: Mapping[str, Any]) -> None:
        self._folder = folder
        self._engines: dict[str, Engine] = {}
        self.info = dict(info)

    @classmethod
    def open(cls, place: "Path | str | Server") -> "KnowledgeGraph":
        """The build in use in a folder; or the graph on a server, by its address.

        `bolt://…` and `neo4j://…` (asked as NEO4J_USER and NEO4J_PASSWORD say, or by a `kg.neo4j.Server`) answer
        Cypher, `http://…` and `https://…` SPARQL; see `kg.remote`. Raises InputError when there is no graph, or when
        other versions wrote it.
        """
        from kg.remote import open_remote

        if remote := open_remote(place):
            return remote
        path = Path(str(place))
        folder = current_build(path)
        try:
            info = json.loads((folder / "build.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: build.json cannot be read ({error}): build the graph again") from error
        _check_version(path, "graph format", info.get("format"), FORMAT)
        return cls(folder, info)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The query languages that it answers, the one for most questions first."""
        return ("cypher", "sparql")

    @property
    def folder(self) -> Path:
        """The folder of the build."""
        return self._folder

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.folder}, {counted(self.info['pairs'], 'pair')}>"

    def __enter__(self) -> "KnowledgeGraph":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that answer queries. The graph can still be asked: they start again."""
        while self._engines:
            self._engines.popitem()[1].close()

    @functools.cached_property
    def ontology(self) -> "Ontology":
        """The ontology that the graph was built with."""
        from kg.ontology import Ontology

        return Ontology.load(self.folder / "ontology.owl")

    def images(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.IMAGES`, or some of its columns."""
        return self._table("images", columns)

    def pairs(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.PAIRS`, or some of its columns."""
        return self._table("pairs", columns)

    def facts(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.FACTS`, one row for each pair and piece of evidence, or some of its columns.

        Every pair of an image carries the image's facts: `image_facts` has each once.
        """
        import pyarrow as pa

        from kg.composition import carry_facts
        from kg.pairs import FACTS
        from kg.tables import read_shard, shard_names

        columns = columns or FACTS.names
        if unknown := [column for column in columns if column not in FACTS.names]:
            raise InputError(f"facts has no column {unknown[0]!r}: there are {', '.join(FACTS.names)}")
        said = [name for name in columns if name != "pair"]
        parts = []
        for name in shard_names(self.folder):
            shard = read_shard(self.folder, name)
            parts.append(carry_facts(shard.pairs, shard.facts.select(["image", *said])).select(columns))
        return pa.concat_tables(parts)

    def image_facts(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.IMAGE_FACTS`, one row for each image and piece of evidence, or some of its columns."""
        return self._table("facts", columns)

    def terms(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.TERMS`, or some of its columns."""
        return self._table("terms", columns)

    def closure(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.CLOSURE`, or some of its columns."""
        return self._table("closure", columns)

    def knowledge(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.KNOWLEDGE`, or some of its columns."""
        return self._table("knowledge", columns)

    def rejects(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.REJECTS`, or some of its columns."""
        return self._table("rejects", columns)

    def sources(self, columns: list[str] | None = None) -> "pa.Table":
        """Name, licence and citation of each source."""
        return self._table("sources", columns)

    def counts(self, columns: list[str] | None = None) -> "pa.Table":
        """`kg.pairs.COUNTS`: images and pairs of each term: all, by source, text kind, tone, level, disease."""
        return self._table("counts", columns)

    def sparql(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60) -> "pa.Table":
        """The answer of a SELECT, one column a variable; of ASK, one cell `answer`; of CONSTRUCT and DESCRIBE, triples.

        IRIs come as text, numbers and booleans as such. A parameter takes the place of `$name`: text, a number, a
        boolean, or a term of pyoxigraph or rdflib. Raises InputError for a query that is wrong, that would do more than
        read this graph, or that has no answer within `timeout` seconds.
        """
        from kg.queries import bind_sparql

        return self._engine("sparql").ask(bind_sparql(query, parameters or {}), timeout=timeout)

    def cypher(self, query: str, parameters: Mapping[str, Any] | None = None, *, timeout: float = 60) -> "pa.Table":
        """The answer of one reading Cypher statement, its parameters those of the query, no more and no fewer.

        Raises InputError as `sparql` does.
        """
        return self._engine("cypher").ask(query, dict(parameters or {}), timeout=timeout)

    def ask(
        self,
        question: str,
        values: Mapping[str, Any] | None = None,
        *,
        language: Language = "cypher",
        timeout: float = 60,
    ) -> "pa.Table":
        """The answer of a documented question (`docs/queries`), the same in both languages.

        Terms are given by any of their names. Raises InputError as `sparql` does, and for an unknown question.
        """
        from kg.questions import find_question

        found = find_question(question)
        chosen = found.heading.values(values or {}, lambda: self.ontology)
        if language == "sparql":
            return self.sparql(found.sparql, chosen, timeout=timeout)
        return self.cypher(found.cypher, chosen, timeout=timeout)

    def to_networkx(self, selection: "Selection", *, of: Literal["terms", "pairs"] = "terms") -> "nx.Graph[str]":
        """The selected pairs as a networkx graph: the terms that are said of their images, joined where they are said
        together (`kg.network.of_terms`), or every pair with all that is said of it (`kg.network.of_pairs`).

        `kg.picture.draw` makes a picture of it. Raises InputError as `Selection.apply` does.
        """
        from kg.network import of_pairs, of_terms

        return of_terms(self, selection) if of == "terms" else of_pairs(self, selection)

    def explain(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        language: Language = "cypher",
        timeout: float = 60,
    ) -> str:
        """How a query is answered: the plan of the Cypher engine, or how many triples match each pattern of a SPARQL
        query alone. Raises InputError as `sparql` does.
        """
        if language == "sparql":
            from kg.patterns import count_patterns
            from kg.queries import bind_sparql

            return count_patterns(bind_sparql(query, parameters or {}), self.sparql, timeout)
        return str(self.cypher(f"{self._plan_of} {query}", parameters, timeout=timeout).column(0)[0])

    def _engine(self, language: Language) -> Engine:
        if language not in self._engines:
            from kg.worker import Worker

            if language == "cypher":
                import ladybug

                written = self.info["versions"]["ladybug_storage"]
                _check_version(self.folder, "LadybugDB storage", written, ladybug.storage_version)
            self._engines[language] = Worker(language, self.folder)
        return self._engines[language]

    def _table(self, name: str, columns: list[str] | None) -> "pa.Table":
        from kg.tables import SCHEMAS, read_table

        if unknown := [column for column in columns or () if column not in SCHEMAS[name].names]:
            raise InputError(f"{name} has no column {unknown[0]!r}: there are {', '.join(SCHEMAS[name].names)}")
        return read_table(self.folder, name, columns)


def _check_version(path: Path | str, what: str, written: object, known: object) -> None:
    if written != known:
        raise InputError(f"{path}: {what} {written}, but this version reads {known}: build the graph again")
