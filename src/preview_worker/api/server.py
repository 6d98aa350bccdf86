"""Serves the probe application inside the worker's own event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from preview_worker.api.connections import Connections, Patience, bounded_protocol
from preview_worker.api.envelope import MAX_HEAD_BYTES
from preview_worker.api.settings import ProbeSettings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_BACKLOG = 64
_ACCEPTED_AT_ONCE = 1
"""As often as that, asyncio tries to accept in one go, and does not stop when no file descriptor is
left: each of the failures is logged and has the whole tried again a second later."""
_STOP_WITHIN_S = 1
_DATE_EVERY_S = 1


class ProbePortError(Exception):
    """The port cannot be listened on; the message says why and what to do."""


class ProbeServer:
    """Listens for probes from ``start`` to ``stop``; leaves signals to the worker."""

    def __init__(self, app: ASGIApp, settings: ProbeSettings) -> None:
        """Prepare to serve ``app``; nothing listens yet."""
        self._app = app
        self._settings = settings
        self._server: _QuietServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._port = settings.port

    @property
    def port(self) -> int:
        """The port, the real one once the server has started."""
        return self._port

    async def start(self) -> None:
        """Listen, and return when probes are answered; raise ``ProbePortError`` if that fails.

        Starting a server that runs does nothing.
        """
        if self._serving is not None:
            return
        listener = _listen(self._settings)
        self._port = listener.getsockname()[1]
        self._server = _QuietServer(self._config())
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.answering.wait()

    async def stop(self) -> None:
        """Close the port and every connection within about a second. Safe to call twice."""
        serving, self._serving = self._serving, None
        if serving is None or self._server is None:
            return
        self._server.end()
        await serving

    def _config(self) -> uvicorn.Config:
        settings = self._settings
        patience = Patience(settings.request_head_s, settings.request_body_s)
        connections = Connections(settings.max_connections, patience)
        return uvicorn.Config(
            self._app,
            http=bounded_protocol(connections),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_ACCEPTED_AT_ONCE,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
        )


class _Listener(socket.socket):
    """A socket with its own opinion on how many may stand in line; asyncio has only one figure."""

    def listen(self, _: int = 0, /) -> None:
        super().listen(_BACKLOG)


class _QuietServer(uvicorn.Server):
    """uvicorn without its hands on the process: no signal handlers, no exit, no ticking."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Have ``serve`` close everything and return."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Wait for the end; meanwhile keep the date true that answers carry.

        uvicorn looks ten times a second whether it should exit, which was a quarter of the
        processor time of a worker without a job.
        """
        while not await self.on_tick(counter=0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_EVERY_S):
                    await self._ending.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the worker, who has jobs to finish first."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when the port is answered."""
        await super().startup(sockets)
        self.answering.set()


def _listen(settings: ProbeSettings) -> socket.socket:
    """Bind the port; a name or an address of either family will do for the host."""
    where = f"port {settings.port} on {settings.host or 'any address'}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host or None,
            settings.port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_PASSIVE,
        )[0]
        listener = _Listener(family, kind, protocol)
    except OSError as error:
        message = f"Probes cannot be served on {where}: {error.strerror}. Set a host that exists."
        raise ProbePortError(message) from error
    try:
        if os.name == "posix":
            # A worker that was just stopped must not keep the next one from starting.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            with suppress(OSError):
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ProbePortError(_complaint(where, error)) from error
    listener.setblocking(False)  # noqa: FBT003 -- the standard library takes it by position only
    return listener


def _complaint(where: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Probes cannot be served on {where}: another program listens there. "
            "Set HEALTH_PORT to a free port, or to 0 for any."
        )
    return f"Probes cannot be served on {where}: {error.strerror}. Set another HEALTH_PORT."
