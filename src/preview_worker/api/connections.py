"""Keeps slow strangers from holding the probe port.

uvicorn puts no limit on how long a client may take to send its request, and answers 503 to
everybody once too many do. Here a connection lives for a few seconds at most, and when there are
too many the oldest is cut, so that a new probe always gets in.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    """The open connections of one server, oldest first."""

    def __init__(self, limit: int, lifetime_s: float) -> None:
        """Allow ``limit`` connections of ``lifetime_s`` seconds each."""
        self._limit = limit
        self._lifetime_s = lifetime_s
        self._ends: dict[asyncio.Transport, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        """Count the open connections."""
        return len(self._ends)

    def admit(self, transport: asyncio.Transport) -> None:
        """Let a connection in, and cut the oldest if that is one too many."""
        loop = asyncio.get_running_loop()
        self._ends[transport] = loop.call_later(self._lifetime_s, transport.abort)
        if len(self._ends) > self._limit:
            oldest = next(iter(self._ends))
            self.forget(oldest)
            oldest.abort()

    def forget(self, transport: asyncio.Transport) -> None:
        """Strike out a connection that has ended."""
        end = self._ends.pop(transport, None)
        if end is not None:
            end.cancel()


def bounded_protocol(connections: Connections) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol with every connection entered in ``connections``."""

    class BoundedProtocol(H11Protocol):
        """HTTP/1.1 for clients that may not be friends."""

        def connection_made(
            self,
            transport: asyncio.Transport,  # type: ignore[override]  # uvicorn narrows it too
        ) -> None:
            """Enter the connection."""
            super().connection_made(transport)
            connections.admit(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            """Strike it out."""
            connections.forget(self.transport)
            super().connection_lost(exc)

    return BoundedProtocol
