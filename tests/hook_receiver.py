"""A receiver of webhooks for tests: a real server that answers as it is told, and keeps it all."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
HANG = "hang"
"""In place of an answer: take the delivery and say nothing."""


@dataclass(frozen=True)
class Posted:
    """What was posted."""

    line: str
    headers: dict[str, str]
    body: bytes
    came_s: float
    """When, by the monotonic clock; it is answered after that."""

    @property
    def id(self) -> str:
        """The id that the sender gave it."""
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Answers each post in turn with ``answers``, and with the last of them from then on."""

    answers: list[str] = field(default_factory=lambda: ["204 No Content"])
    posts: list[Posted] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    host: str = LOOPBACK
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://{self.host}:{self.port}/hooks?tenant=7"

    async def until(self, enough: Callable[[list[Posted]], bool]) -> list[Posted]:
        """Return the posts once there are enough of them."""
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(lambda: enough(self.posts))
        return self.posts

    async def until_count(self, count: int) -> list[Posted]:
        """Return the posts once there are so many."""
        return await self.until(lambda posts: len(posts) >= count)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one post."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            async with self._news:
                self.posts.append(Posted(head[0], headers, body, time.monotonic()))
                self._news.notify_all()
            if answer == HANG:
                await reader.read()  # until the sender leaves
            else:
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def a_receiver(
    *answers: str, context: ssl.SSLContext | None = None, host: str = LOOPBACK
) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port; with a ``context`` it speaks https under the name ``host``."""
    receiver = Receiver(scheme="https" if context else "http", host=host)
    if answers:
        receiver.answers = list(answers)
    server = await asyncio.start_server(receiver.answer, LOOPBACK, 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
