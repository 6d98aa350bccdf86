"""An observer for tests: keeps what it was told, and lets a test wait for more."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from preview_worker.events import Event

E = TypeVar("E")
_DEADLINE_S = 60


class Recorder:
    """Keeps every event in the order in which it came."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def observe(self, event: Event) -> None:
        """Keep the event and wake whoever waits."""
        self.events.append(event)
        self._news.set()

    def all_of(self, kind: type[E]) -> list[E]:
        """Return the events of one class so far."""
        return [event for event in self.events if isinstance(event, kind)]

    async def wait_for(self, kind: type[E], count: int = 1) -> E:
        """Return the ``count``-th event of a class as soon as it was observed."""
        async with asyncio.timeout(_DEADLINE_S):
            while len(found := self.all_of(kind)) < count:
                self._news.clear()
                await self._news.wait()
        return found[count - 1]
