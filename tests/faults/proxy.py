"""A proxy that understands the Redis protocol well enough to spoil one chosen call of a script.

Tools that break connections cannot lose a single reply or make one command fail; this can. Commands
of a connection are passed on one at a time, so whatever the server sends next is the reply.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from enum import Enum
from typing import Self, cast

import hiredis

from preview_worker.queue.wire import Argument, pack

_NOTHING = object()
DELAY_S = 2.0


class Fault(Enum):
    """What happens to the chosen call; the value is what the server seems to answer, if it does."""

    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"
    DELAYED = "delayed"
    READONLY = "-READONLY You can't write against a read only replica."
    OOM = "-OOM command not allowed when used memory > 'maxmemory'."
    LOADING = "-LOADING Redis is loading the dataset in memory"
    NOAUTH = "-NOAUTH Authentication required."
    NOPERM = "-NOPERM this user has no permissions to run the 'evalsha' command"
    NOSCRIPT = "-NOSCRIPT No matching script. Please use EVAL."
    BUSY = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL."


class ReplyProxy:
    """Passes everything on, but for the ``nth`` EVALSHA of the script with digest ``sha1``."""

    def __init__(self, target_port: int, sha1: str, fault: Fault, nth: int) -> None:
        """Spoil the ``nth`` call, counted over all connections; listens once entered."""
        self._target_port = target_port
        self._sha1 = sha1.encode()
        self._fault = fault
        self._nth = nth
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()
        self._calls: Counter[bytes] = Counter()

    @property
    def url(self) -> str:
        """Where clients of the proxy connect."""
        assert self._server is not None
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def spoiled(self) -> bool:
        """Tell whether the chosen call came."""
        return self._calls[self._sha1] >= self._nth

    async def called(self, times: int) -> None:
        """Return when the script was called so many times."""
        async with self._news:
            await self._news.wait_for(lambda: self._calls[self._sha1] >= times)

    async def __aenter__(self) -> Self:
        """Start to listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            await self._converse(client, to_client, server, to_server)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            for writer in (to_client, to_server):
                writer.close()
            for writer in (to_client, to_server):
                with suppress(OSError, asyncio.CancelledError):
                    await writer.wait_closed()

    async def _converse(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        commands = hiredis.Reader(notEnoughData=_NOTHING)
        while chunk := await client.read(65536):
            commands.feed(chunk)
            while (command := commands.gets()) is not _NOTHING:
                words = cast("list[bytes]", command)
                fault = await self._choose(words)
                if fault is Fault.DELAYED:
                    await asyncio.sleep(DELAY_S)
                elif fault is Fault.REQUEST_LOST:
                    return
                elif fault not in {None, Fault.REPLY_LOST}:
                    assert fault is not None
                    to_client.write(f"{fault.value}\r\n".encode())
                    continue
                to_server.write(pack(cast("tuple[Argument, ...]", tuple(words))))
                reply = await _whole_reply(server)
                if fault is Fault.REPLY_LOST or not reply:
                    return
                to_client.write(reply)

    async def _choose(self, words: list[bytes]) -> Fault | None:
        """Count the command, and tell what shall happen to it."""
        if words[0].upper() != b"EVALSHA":
            return None
        async with self._news:
            self._calls[words[1]] += 1
            self._news.notify_all()
        hit = words[1] == self._sha1 and self._calls[self._sha1] == self._nth
        return self._fault if hit else None


async def _whole_reply(server: asyncio.StreamReader) -> bytes:
    """Read one reply, however large; empty when the server closed the connection."""
    reader = hiredis.Reader(notEnoughData=_NOTHING)
    raw = b""
    while chunk := await server.read(65536):
        raw += chunk
        reader.feed(chunk)
        if reader.gets() is not _NOTHING:
            return raw
    return b""
