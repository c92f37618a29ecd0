"""What a server may be told: where it listens, who may ask, and how much a query may take."""

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kg.errors import InputError

RETRY = "2"
"""Seconds after which a client that was put off should ask again."""

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Settings:
    """Limits and addresses of a server. Raises `InputError` where they contradict each other."""

    host: str = "127.0.0.1"
    port: int = 7878
    names: tuple[str, ...] = ()  # further host names by which the server is addressed
    cors: tuple[str, ...] = ()  # origins whose pages may read answers
    workers: int = 2  # queries at a time
    waiting: int = 64  # queries that may wait for a worker
    patience: float = 10  # seconds that a query may wait
    time_limit: float = 30  # seconds that a query may take
    memory: int = 4 << 30  # of a query, bytes
    answer: int = 64 << 20  # the longest answer, bytes
    requests: int = 256  # at once, whatever they ask for
    body: int = 1 << 20  # the longest request body, bytes
    connections: int = 512  # at once, most of which are idle
    request_time: float = 10  # seconds in which a request must have come, and after which an answer is taken or lost
    rows: int = 1000  # that the query page shows

    def __post_init__(self) -> None:
        if not self.is_loopback and _is_wildcard(self.host) and not self.names:
            raise InputError(
                f"--host {self.host} listens on every address of this machine: say with --name by which name or "
                "address it is asked for, so that requests under a foreign name can be refused"
            )
        for origin in self.cors:
            if origin != "*" and not _is_origin(origin):
                raise InputError(f"--cors {origin}: an origin is a scheme, a host and a port: https://example.org")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host in _LOOPBACK_NAMES:
            return True
        address = _address(self.host)
        return bool(address and address.is_loopback)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The names that a request's `Host` may have, without the port."""
        own = set() if _is_wildcard(self.host) else {self.host.casefold()}
        return frozenset(
            own | {name.casefold() for name in self.names} | (_LOOPBACK_NAMES if self.is_loopback else set())
        )


def _is_origin(text: str) -> bool:
    """Whether a browser could say this of a page: no path, no capital letters."""
    parts = urlsplit(text)
    return (
        parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc.lower()}" != f"{parts.scheme}://"
    )


def _address(host: str) -> Any:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_wildcard(host: str) -> bool:
    address = _address(host)
    return bool(address and address.is_unspecified)
