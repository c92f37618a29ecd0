"""The application on a socket, by uvicorn."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from kg.errors import InputError
from kg.serve.settings import Settings
from kg.serve.site import create_app

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

_CONNECTIONS = 512
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
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",  # it is begun here, so that what it raises is told in the caller's words
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_LEAVE,
    )
    host, port = listening.getsockname()[:2]
    async with app.router.lifespan_context(app):
        listening.listen()
        announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        await uvicorn.Server(config).serve([listening])


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
