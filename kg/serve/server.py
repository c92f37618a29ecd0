"""The application on a socket, by uvicorn."""

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from kg.serve.settings import Settings
from kg.serve.site import create_app

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

_CONNECTIONS = 512
_LEAVE = 3
"""Seconds that open connections get when the server ends."""


def run(graph: "KnowledgeGraph", settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; `announce` is told the address once it answers. Raises OSError for a port in use."""
    config = uvicorn.Config(
        create_app(graph, settings),
        http="h11",
        ws="none",
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_LEAVE,
    )
    asyncio.run(_serve(config, settings, announce))


async def _serve(config: uvicorn.Config, settings: Settings, announce: Callable[[str], None]) -> None:
    server = _Announced(config)
    with _listen(settings.host, settings.port) as listening:
        host, port = listening.getsockname()[:2]
        server.announce = lambda: announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        await server.serve([listening])


class _Announced(uvicorn.Server):
    announce: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.announce()


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening
