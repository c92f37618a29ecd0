"""The application on a socket, by uvicorn."""

import asyncio
import errno
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from kg.errors import InputError
from kg.serve.connection import Connection
from kg.serve.settings import Settings
from kg.serve.site import create_app

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from kg.graph import KnowledgeGraph

_LEAVE = 3
"""Seconds that open connections get when the server ends."""


def run(graph: "KnowledgeGraph", settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` is told the address once it answers.

    Raises `InputError` when the port is in use, or when the graph cannot be asked.
    """
    with _listen(settings.host, settings.port) as listening:
        asyncio.run(_serve(graph, settings, listening, announce))


async def _serve(
    graph: "KnowledgeGraph", settings: Settings, listening: socket.socket, announce: Callable[[str], None]
) -> None:
    app = create_app(graph, settings)
    host, port = listening.getsockname()[:2]
    async with app.router.lifespan_context(app):
        listening.listen()
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        await uvicorn.Server(configure(app, settings)).serve([listening])


def configure(app: "Starlette", settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        http=partial(Connection, settings=settings),  # type: ignore[arg-type]  # it is called as the class would be
        ws="none",
        lifespan="off",  # the caller begins it, so that what it raises is told in the caller's words
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_LEAVE,
    )


def _listen(host: str, port: int) -> socket.socket:
    """A socket that is bound, and does not listen yet."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise InputError(f"--host {host}: {error.strerror}") from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} of {host} is in use: choose another with --port, 0 for any") from None
        raise InputError(f"{host}:{port}: {error.strerror}") from None
    return bound
