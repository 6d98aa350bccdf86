"""A way to an object storage that can be made bad: it loses answers, and tears what is sent."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from preview_worker.artifacts.objects.settings import BucketSettings
from tests.relay import Relay


class StorageDoor(Relay):
    """A relay that can also break the line in the middle of a request."""

    def __init__(self, target_port: int) -> None:
        """Lead to ``target_port`` once started."""
        super().__init__(target_port)
        self._tear: bytes | None = None
        self.torn = asyncio.Event()

    def beside(self, settings: BucketSettings) -> BucketSettings:
        """Return settings that lead to the same place through the door."""
        return replace(settings, endpoint=self.url.replace("redis://", "http://"))

    def tear(self, word: str) -> None:
        """Let half of what holds ``word`` through, and break the line; only the next time."""
        self._tear = word.encode()
        self.torn.clear()

    async def _forward(
        self, client: asyncio.StreamReader, to_server: asyncio.StreamWriter, doomed: asyncio.Event
    ) -> None:
        """Forward, until what is to be torn comes by."""
        while chunk := await client.read(65536):
            await self._flowing.wait()
            if self._lose is not None and self._lose in chunk:
                self._lose = None
                doomed.set()
            if self._tear is not None and self._tear in chunk:
                self._tear = None
                await self._pass_on(chunk[: len(chunk) // 2], to_server)
                self.torn.set()
                return
            await self._pass_on(chunk, to_server)
