"""A door that speaks TLS in front of a server that does not: not every redis-server is built so."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Self


class TlsDoor:
    """Decrypts what comes to its own port and forwards it to ``target_port``, and back."""

    def __init__(
        self, target_port: int, context: ssl.SSLContext, listener: socket.socket | None = None
    ) -> None:
        """Serve with the certificate of ``context`` once entered, at ``listener`` if given."""
        self._target_port = target_port
        self._context = context
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where clients knock."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await asyncio.start_server(
            self._serve, sock=self._listener, ssl=self._context
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hang_up(self) -> None:
        """End the connections that there are."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        ends = {to_client, to_server}
        self._writers |= ends
        await asyncio.gather(_forward(client, to_server), _forward(server, to_client))
        self._writers -= ends
        self._tasks.discard(task)


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
    writer.transport.abort()
