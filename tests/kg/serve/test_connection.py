"""Clients that say nothing, say it slowly, or do not listen: a few sockets on this machine, and small limits."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kg.serve.guard import Guard, read_body
from kg.serve.server import configure
from kg.serve.settings import Settings

LIMIT = 0.4
ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET / HT"
BODY_TO_COME = b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"

Ask = Callable[[bytes], Coroutine[Any, Any, tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@asynccontextmanager
async def server(**limits: Any) -> AsyncIterator[Ask]:
    """A server on a free port; what it yields opens a connection and sends some bytes."""

    async def hello(_: Request) -> Response:
        return PlainTextResponse("hello")

    async def slow(_: Request) -> Response:
        await asyncio.sleep(3 * LIMIT)
        return PlainTextResponse("at last")

    async def body(request: Request) -> Response:
        return PlainTextResponse(str(len(await read_body(request, 1000))))

    async def much(_: Request) -> Response:
        return PlainTextResponse("x" * (32 << 20))

    settings = Settings(request_time=LIMIT, **limits)
    routes = [Route("/", hello), Route("/slow", slow), Route("/body", body, methods=["POST"]), Route("/much", much)]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, settings)])
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(configure(app, settings))
    task = asyncio.ensure_future(running.serve([listening]))
    opened: list[asyncio.StreamWriter] = []

    async def ask(content: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        opened.append(writer)
        writer.write(content)
        return reader, writer

    try:
        yield ask
    finally:
        for writer in opened:
            writer.close()
        running.should_exit = True
        await task


async def answer(reader: asyncio.StreamReader) -> str:
    """The status line and headers of an answer; empty when the connection was closed."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    return ""


@pytest.mark.parametrize("said", [b"", HALF, BODY_TO_COME])
def test_a_request_that_does_not_come_whole_is_given_up(said: bytes) -> None:
    async def run() -> float:
        async with server() as ask:
            reader, _ = await ask(said)
            start = time.monotonic()
            assert await answer(reader) == ""
            return time.monotonic() - start

    assert LIMIT / 2 < asyncio.run(run()) < 10


def test_a_request_that_comes_in_drops_has_no_more_time() -> None:
    async def run() -> None:
        async with server() as ask:
            reader, writer = await ask(b"GET / HTTP/1.1\r\n")
            ended = asyncio.ensure_future(answer(reader))
            for number in range(100):
                writer.write(f"X-Drop-{number}: 1\r\n".encode())
                await asyncio.sleep(LIMIT / 8)
                if ended.done():
                    break
            assert await ended == ""
            assert number < 60

    asyncio.run(run())


def test_an_answer_may_take_longer_than_a_request() -> None:
    async def run() -> str:
        async with server() as ask:
            reader, _ = await ask(ASK.replace(b"/ ", b"/slow ", 1))
            return await answer(reader)

    assert asyncio.run(run()).startswith("HTTP/1.1 200")


def test_an_answer_that_nobody_takes_is_given_up() -> None:
    async def run() -> None:
        async with server() as ask:
            reader, writer = await ask(ASK.replace(b"/ ", b"/much ", 1))
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a transport that reads
            await asyncio.sleep(4 * LIMIT)
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            with contextlib.suppress(ConnectionError):
                assert len(await asyncio.wait_for(reader.read(), 10)) < 32 << 20

    asyncio.run(run())


def test_who_waits_longest_makes_room_for_a_new_client() -> None:
    async def run() -> None:
        async with server(connections=8) as ask:
            silent = [await ask(HALF) for _ in range(24)]
            reader, _ = await ask(ASK)
            assert (await answer(reader)).startswith("HTTP/1.1 200")
            assert await answer(silent[0][0]) == ""

    asyncio.run(run())


def test_a_client_that_is_put_off_is_told_when_to_come_back() -> None:
    async def run() -> str:
        async with server(requests=2) as ask:
            for _ in range(2):
                await ask(ASK.replace(b"/ ", b"/slow ", 1))
            await asyncio.sleep(LIMIT / 2)
            reader, _ = await ask(ASK)
            return await answer(reader)

    refused = asyncio.run(run()).casefold()
    assert refused.startswith("http/1.1 503")
    assert "retry-after: 2" in refused
    assert "content-security-policy: default-src 'none'" in refused


def test_a_connection_serves_one_request_after_the_other() -> None:
    async def run() -> list[str]:
        async with server() as ask:
            reader, writer = await ask(ASK)
            answers = [await answer(reader)]
            await reader.readexactly(5)
            writer.write(ASK)
            return [*answers, await answer(reader)]

    assert all(told.startswith("HTTP/1.1 200") for told in asyncio.run(run()))
