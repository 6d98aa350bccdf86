"""A gate between workers and an object storage: it breaks, and it sees what is really written.

A client of S3 sends a request on a connection and waits for its answer before it sends another one,
so what comes first after an answer is the head of a request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from chaos.gate import Gate

_CHUNK_BYTES = 65_536
_HEAD = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) (/[^ ?]*)\S* HTTP/1\.1\r\n")
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_LAST_WORD_S = 20.0
"""How long an answer is waited for whose client is gone: what it confirms was done all the same."""
_CONTINUE = 100


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked the storage for."""

    method: str
    path: str


@dataclass(slots=True)
class _Line:
    """A connection, and the request on it that was sent on and is not answered yet."""

    asked: Request | None = None
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class StorageGate(Gate):
    """Leads to a storage, and can be busy as well: then every request is answered 503."""

    def __init__(self, target_port: int) -> None:
        """Lead to ``target_port`` once entered."""
        super().__init__(target_port)
        self._busy = False
        self._waiting: list[tuple[Callable[[Request], bool], asyncio.Future[Request]]] = []
        self.written: list[str] = []
        """The path of every object that the storage confirmed to have written, in order."""
        self.unanswered: list[Request] = []
        """Writes of which nobody knows what became: whoever counts has to look."""
        self.refused = 0
        """How many requests were answered 503 by us."""

    def busy(self) -> None:
        """Answer 503 until opened."""
        self._busy = True

    def open(self) -> None:
        """Forward everything at once again."""
        self._busy = False
        super().open()

    def expect(self, fits: Callable[[Request], bool]) -> asyncio.Future[Request]:
        """Return a future of the next request that ``fits``, as soon as it comes."""
        future: asyncio.Future[Request] = asyncio.get_running_loop().create_future()
        entry = (fits, future)
        self._waiting.append(entry)
        future.add_done_callback(lambda _: self._waiting.remove(entry))
        return future

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers.add(to_client)
        line = _Line()
        asking = asyncio.create_task(self._ask(client, to_client, to_server, line))
        answering = asyncio.create_task(self._answer(server, to_client, line))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            if line.asked is not None and not answering.done():
                await self._hear_out(line)
        finally:
            for way in (asking, answering):
                way.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)
            if line.asked is not None and line.asked.method == "PUT":
                self.unanswered.append(line.asked)
            to_server.close()

    async def _hear_out(self, line: _Line) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(line.heard.wait(), _LAST_WORD_S)

    async def _ask(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        to_server: asyncio.StreamWriter,
        line: _Line,
    ) -> None:
        """Forward what a client says, until it leaves or is told that the storage is busy."""
        while chunk := await client.read(_CHUNK_BYTES):
            request = _request(chunk)
            if request is not None:
                self._tell(request)
                if self._busy:
                    await self._refuse(client, to_client)
                    return
            await self._flowing.wait()
            if request is not None:
                line.asked = request
                line.heard.clear()
            to_server.write(chunk)
            await to_server.drain()

    async def _refuse(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Answer 503, and read what is said all the same, lest the answer is lost."""
        self.refused += 1
        to_client.write(_BUSY)
        await to_client.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD_S):
                while await client.read(_CHUNK_BYTES):
                    pass

    async def _answer(
        self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter, line: _Line
    ) -> None:
        """Forward what the storage says; what nobody listens to any more is heard all the same."""
        while chunk := await server.read(_CHUNK_BYTES):
            found = _STATUS.match(chunk)
            if line.asked is not None and found and int(found[1]) != _CONTINUE:
                if line.asked.method == "PUT" and found[1].startswith(b"2"):
                    self.written.append(line.asked.path)
                line.asked = None
                line.heard.set()
            await self._flowing.wait()
            with suppress(OSError):
                to_client.write(chunk)
                await to_client.drain()

    def _tell(self, request: Request) -> None:
        for fits, future in list(self._waiting):
            if not future.done() and fits(request):
                future.set_result(request)


def _request(chunk: bytes) -> Request | None:
    """Return the request that begins with ``chunk``; None for one more piece of its body."""
    found = _HEAD.match(chunk)
    return None if found is None else Request(found[1].decode(), found[2].decode())
