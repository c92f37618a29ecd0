"""Queries that run away end at their limits, and hurt nobody but who asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from kg.errors import QueryStopped
from kg.serve.engines import Busy, Engines
from kg.serve.settings import Settings

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

SETTINGS = Settings(workers=1, waiting=1, patience=30, time_limit=1, memory=1 << 30, answer=1 << 20)
JSON = "application/sparql-results+json"
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LIGHT = "ASK { ?pair a d1m:Pair }"
COUNT = "MATCH (p:Pair) RETURN count(p) AS n"

Answer = TypeVar("Answer")

RUNAWAY_SPARQL = {
    "a cross product": ENDLESS,
    "a cross product to be sorted": "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i",
    "an unbounded path": "SELECT (COUNT(*) AS ?n) WHERE { ?a (!<x:y>)* ?b . ?b (!<x:z>)* ?c }",
}
RUNAWAY_CYPHER = {
    "an endless UNWIND": "UNWIND range(1, 1000000000000) AS x RETURN count(x)",
    "a cross product": "MATCH (a:Disease), (b:Disease), (c:Disease) RETURN count(a.id + b.id + c.id)",
    "an unbounded path": "MATCH (a)-[*1..30]-(b) RETURN count(*)",
    "a long answer": "MATCH (a:Concept), (b:Concept) RETURN a.label, b.label",
}


@asynccontextmanager
async def open_engines(graph: "KnowledgeGraph", settings: Settings = SETTINGS) -> AsyncIterator[Engines]:
    engines = Engines(graph, settings)
    try:
        yield engines
    finally:
        engines.close()


def message(query: str) -> dict[str, Any]:
    return {"query": query, "format": JSON}


async def answered(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer, for which a machine that does much else gets some tries."""
    for _ in range(9):
        with suppress(QueryStopped):
            return await ask()
    return await ask()


def test_a_runaway_query_ends_at_its_limit_and_the_next_is_answered(showroom: "KnowledgeGraph") -> None:
    async def run() -> None:
        async with open_engines(showroom) as engines:
            await engines.start()
            for query in RUNAWAY_SPARQL.values():
                start = time.monotonic()
                with pytest.raises(QueryStopped):
                    await engines.sparql(message(query))
                assert time.monotonic() - start < 10
                assert b"true" in await answered(lambda: engines.sparql(message(LIGHT)))
            for query in RUNAWAY_CYPHER.values():
                start = time.monotonic()
                with pytest.raises(QueryStopped):
                    await engines.cypher(query, {})
                assert time.monotonic() - start < 10
                assert (await answered(lambda: engines.cypher(COUNT, {})))["n"][0].as_py() > 80

    asyncio.run(run())


def test_who_finds_the_line_full_is_put_off_and_who_waits_too_long_as_well(showroom: "KnowledgeGraph") -> None:
    async def run() -> list[Any]:
        async with open_engines(showroom, replace(SETTINGS, patience=0.2)) as engines:
            await engines.start()
            asked = [engines.sparql(message(ENDLESS)) for _ in range(3)]
            return await asyncio.gather(*asked, return_exceptions=True)

    assert [type(outcome) for outcome in asyncio.run(run())] == [QueryStopped, Busy, Busy]


def test_a_query_that_nobody_waits_for_is_given_up(showroom: "KnowledgeGraph") -> None:
    async def run() -> float:
        async with open_engines(showroom, replace(SETTINGS, time_limit=60)) as engines:
            await engines.start()
            asked = asyncio.ensure_future(engines.sparql(message(ENDLESS)))
            await asyncio.sleep(0.3)
            asked.cancel()
            start = time.monotonic()
            await engines.sparql(message(LIGHT))
            return time.monotonic() - start

    assert asyncio.run(run()) < 10
