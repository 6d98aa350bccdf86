"""A gate between a worker and Redis, through which connections can be cut, slowed and silenced."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Self

_CHUNK_BYTES = 65_536
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time to linger: closing then resets the connection."""


class Gate:
    """Forwards bytes between a port of its own and ``target_port``, both on the loopback."""

    def __init__(self, target_port: int) -> None:
        """Forward to ``target_port`` once entered."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._closed = False
        self._delay_s = 0.0
        self._slice_bytes = _CHUNK_BYTES
        self.port = 0
        """Where the gate is, once it was entered."""

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def cut(self) -> None:
        """End all connections and accept no more until opened."""
        self._closed = True
        self.reset()

    def reset(self) -> None:
        """Reset all connections; new ones are welcome."""
        for writer in self._writers:
            sock = writer.get_extra_info("socket")
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def silence(self) -> None:
        """Forward nothing, without closing anything: a half-open connection."""
        self._flowing.clear()

    def slow(self, delay_s: float, slice_bytes: int) -> None:
        """Forward so many bytes at a time, each slice after a delay."""
        self._delay_s, self._slice_bytes = delay_s, slice_bytes

    def open(self) -> None:
        """Forward everything at once again."""
        self._closed = False
        self._delay_s, self._slice_bytes = 0.0, _CHUNK_BYTES
        self._flowing.set()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self._writers.add(to_client)
        try:
            if not self._closed:
                await self._connect(client, to_client)
        except (OSError, asyncio.CancelledError):
            pass  # a broken connection is what gates are for
        finally:
            to_client.close()
            self._writers.discard(to_client)
            self._connections.discard(task)

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers.add(to_server)
        ways = {
            asyncio.create_task(self._forward(client, to_server)),
            asyncio.create_task(self._forward(server, to_client)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_server.close()
            self._writers.discard(to_server)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while chunk := await source.read(self._slice_bytes):
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            await self._flowing.wait()
            sink.write(chunk)
            await sink.drain()
