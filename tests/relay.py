"""A relay between a client and Redis that can lose a reply, fall silent, or be slow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self


class Relay:
    """Forwards bytes between its own port and ``target_port`` on the loopback interface."""

    def __init__(self, target_port: int) -> None:
        """Forward to ``target_port`` once started."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._lose: bytes | None = None
        self.lost = asyncio.Event()
        self.latency_s = 0.0
        """How long everything takes on its way, in each direction."""
        self.piece_bytes = 0
        """As many bytes arrive at a time; 0 leaves everything in one piece."""
        self.bytes_per_s = 0.0
        """How much gets through; 0 sets no limit."""
        self._flowing = asyncio.Event()
        self._flowing.set()

    @property
    def url(self) -> str:
        """Where clients of the relay connect."""
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def lose_reply_to(self, word: str) -> None:
        """Let the next command that holds ``word`` through, and break the line at its reply."""
        self._lose = word.encode()
        self.lost.clear()

    def silence(self) -> None:
        """Forward nothing any more, without closing anything."""
        self._flowing.clear()

    def resume(self) -> None:
        """Forward again."""
        self._flowing.set()

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers |= {to_client, to_server}
        doomed = asyncio.Event()
        there = asyncio.create_task(self._forward(client, to_server, doomed))
        back = asyncio.create_task(self._answer(server, to_client, doomed))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in (there, back):
                way.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            to_client.close()
            to_server.close()
            self._tasks.discard(task)

    async def _forward(
        self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while chunk := await client.read(65536):
            await self._flowing.wait()
            if self._lose is not None and self._lose in chunk:
                self._lose = None
                doomed.set()
            await self._pass_on(chunk, to_server)

    async def _answer(
        self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        while chunk := await server.read(65536):
            await self._flowing.wait()
            if doomed.is_set():
                self.lost.set()
                return
            await self._pass_on(chunk, to_client)

    async def _pass_on(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        step = self.piece_bytes or len(chunk)
        for begin in range(0, len(chunk), step):
            writer.write(chunk[begin : begin + step])
            await writer.drain()
            await asyncio.sleep(step / self.bytes_per_s if self.bytes_per_s else 0)
