"""Connections that say nothing, or take nothing, do not keep others out."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from kg.serve.settings import Settings


class Connection(H11Protocol):
    """An HTTP connection of which a request must arrive whole within a time, and whose answer must be taken.

    Where there are too many, the one that has waited longest for its request makes room for a new one; where all are
    busy, the new one is closed.
    """

    def __init__(self, *arguments: Any, settings: Settings, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._most, self._limit = settings.connections, settings.request_time
        self._since = 0.0  # when it became idle, or when the request that is arriving began
        self._idle = True
        self._unsent, self._taken = 0, 0.0  # bytes that the client has yet to take, and when it last took some
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._since = self.loop.time()
        self._watch = self.loop.call_later(self._limit / 4, self._look)
        if len(self.connections) > self._most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._idle:
            self._idle, self._since = False, self.loop.time()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._idle, self._since = True, self.loop.time()
        super().on_response_complete()

    @property
    def is_waiting(self) -> bool:
        """Whether a request is still to come, or has not come whole."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _make_room(self) -> None:
        others = [other for other in self.connections if isinstance(other, Connection) and other is not self]
        waiting = [other for other in others if other.is_waiting and not other.transport.is_closing()]
        min(waiting, key=lambda other: other._since, default=self).transport.abort()

    def _look(self) -> None:
        """End the connection if it has kept others waiting for too long; else look again later."""
        now, unsent = self.loop.time(), self.transport.get_write_buffer_size()
        if unsent != self._unsent or not unsent:
            self._unsent, self._taken = unsent, now
        late = self.is_waiting and now - self._since >= self._limit
        if late or now - self._taken >= self._limit:
            self.transport.abort()  # `close` would wait until the client takes what is left
        else:
            self._watch = self.loop.call_later(self._limit / 4, self._look)
