"""A door to an object storage that counts who goes through: requests by method and by what about.

It passes on what comes as it comes, so signatures hold. Requests are told apart by their headers
and the lengths that these state; whatever else is sent is refused rather than counted wrongly.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

_PIECE = 65536
_HOST = "127.0.0.1"
_HEADERS_END = b"\r\n\r\n"
KINDS = ("previews", "jobs", "scenes", "tidying", "conditions")
OF_JOBS = ("previews", "pointers", "jobs", "scenes")
"""What is asked for a job's sake; the rest is asked however many jobs there are."""


@dataclass(slots=True)
class Visit:
    """One request, and how many bytes its body and its whole answer had."""

    method: str
    about: str
    sent: int
    received: int = 0


class UnknownBodyError(Exception):
    """A request whose length is not stated."""


class CountingDoor:
    """Leads from a port of its own to that of a storage on this machine until the block ends."""

    def __init__(self, port: int) -> None:
        """Lead to ``port``."""
        self.visits: list[Visit] = []
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)
        self._ways: set[asyncio.Task[Any]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        """Open it."""
        self._thread.start()
        self._open.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, and all that leads through it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def since(self, number: int) -> list[Visit]:
        """Return the visits after the first ``number``."""
        return self.visits[number:]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._welcome, _HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        self._loop.run_forever()
        server.close()
        for way in self._ways:
            way.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._ways, return_exceptions=True))
        self._loop.close()

    async def _welcome(self, client: asyncio.StreamReader, reply: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._ways.add(task)
            task.add_done_callback(self._ways.discard)
        answers, storage = await asyncio.open_connection(_HOST, self._target)
        under_way: list[Visit] = []
        there = asyncio.create_task(self._pass_requests(client, storage, under_way))
        back = asyncio.create_task(_pass_answers(answers, reply, under_way))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in (there, back):
                way.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            for writer in (storage, reply):
                writer.close()

    async def _pass_requests(
        self, client: asyncio.StreamReader, storage: asyncio.StreamWriter, under_way: list[Visit]
    ) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await client.readuntil(_HEADERS_END)
                visit = visit_of(head)
                self.visits.append(visit)
                under_way[:] = [visit]
                storage.write(head)
                left = visit.sent
                while left:
                    piece = await client.readexactly(min(left, _PIECE))
                    left -= len(piece)
                    storage.write(piece)
                    await storage.drain()


async def _pass_answers(
    answers: asyncio.StreamReader, reply: asyncio.StreamWriter, under_way: list[Visit]
) -> None:
    with suppress(ConnectionError):
        while piece := await answers.read(_PIECE):
            under_way[0].received += len(piece)
            reply.write(piece)
            await reply.drain()


def visit_of(head: bytes) -> Visit:
    """Read the beginning of a request; raise ``UnknownBodyError`` if it hides how long it is."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    named = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    if "transfer-encoding" in named:
        raise UnknownBodyError(first)
    return Visit(method, _about(target), int(named.get("content-length", 0)))


def per_job(visits: Iterable[Visit], jobs: int) -> dict[str, float]:
    """Return how many requests a job made, by method and by what about, as ``PUT previews``."""
    found: dict[str, float] = {}
    for visit in visits:
        if visit.about in OF_JOBS:
            name = f"{visit.method} {visit.about}"
            found[name] = found.get(name, 0) + 1 / jobs
    return {name: round(count, 3) for name, count in sorted(found.items())}


def _about(target: str) -> str:
    address = urlsplit(target)
    asked = parse_qs(address.query, keep_blank_values=True)
    if "list-type" in asked:
        return "lists"
    if "delete" in asked:
        return "removals"
    if address.path.endswith("/current.json"):
        return "pointers"
    parts = address.path.split("/")
    return next((kind for kind in KINDS if kind in parts), "others")
