"""An object storage for tests that has every bad habit on demand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from preview_worker.artifacts.objects.depot import BucketDepot, open_depot
from preview_worker.artifacts.objects.settings import BucketSettings
from preview_worker.assets import AssetVisit
from preview_worker.assets.depot import Depot
from preview_worker.contract import PreviewError
from tests.asset_host import Habit, says
from tests.depots import PATIENCE_S, a_fetcher

ROOT = "s3://pictures/games"
TAGGED = ['ETag: "one"', "Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT"]


async def silent(writer: asyncio.StreamWriter) -> None:
    """Say nothing until the asker leaves."""
    del writer


def error(code: str, status: str) -> Habit:
    """Refuse as S3 does."""
    return says(f"<Error><Code>{code}</Code></Error>".encode(), status)


@dataclass
class Service:
    """Answers like an object storage, with each of its habits in turn and then with the last."""

    habits: list[Habit]
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    answering: list[asyncio.Future[None]] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        self.answering.append(asyncio.ensure_future(self._answer(reader, writer)))
        await self.answering[-1]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            self.requests.append((head[0], {name.lower(): value for name, value in pairs}))
            self.came.set()
            habit = self.habits.pop(0) if len(self.habits) > 1 else self.habits[0]
            await (reader.read() if habit is silent else habit(writer))
            await writer.drain()
        self.left.set()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def a_service(*habits: Habit) -> AsyncIterator[tuple[Service, BucketDepot]]:
    """Run a service, and what reads the bucket there."""
    service = Service(list(habits))
    server = await asyncio.start_server(service.answer, "127.0.0.1", 0)
    settings = BucketSettings(
        url=ROOT,
        endpoint=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
        allow_http=True,
        access_key_id="a",
        secret_access_key="b",
    )
    async with server:
        yield service, open_depot(settings, PATIENCE_S)
        await asyncio.gather(*service.answering)


async def content_of(
    depot: Depot, folder: Path, visits: list[AssetVisit], **times_s: float
) -> bytes:
    """Fetch ``a.png`` and return its bytes."""
    address = f"{depot.root}/a.png"
    fetcher = a_fetcher(depot, folder, **times_s)
    async with fetcher.fetch({(address,): 1000}, visits.append) as fetched:
        path = fetched[address]
        if isinstance(path, PreviewError):
            raise path
        return path.read_bytes()
