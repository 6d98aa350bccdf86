"""Tells all who listen what changed, and lets nobody who listens slowly hold up the others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Topic = Literal["job", "removed", "queue", "reset"]

_BACKLOG = 1000
"""Changes that may wait for a listener; a browser that is this far behind should begin anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed. ``place`` is where the queue's stream of events stood then."""

    place: str
    topic: Topic
    job_id: str = ""


class TooSlowError(Exception):
    """A listener fell too far behind and missed changes."""


class Listener:
    """Somebody who listens; the oldest change first."""

    def __init__(self) -> None:
        """Begin with nothing to hear."""
        self._waiting: asyncio.Queue[Change | None] = asyncio.Queue(_BACKLOG)
        self._behind = False

    def tell(self, change: Change) -> None:
        """Keep a change for the listener, unless too many wait already."""
        try:
            self._waiting.put_nowait(change)
        except asyncio.QueueFull:
            self._behind = True

    def dismiss(self) -> None:
        """Have the listener hear that there is nothing more to come."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def hear(self) -> Change | None:
        """Return the next change; None when there are no more. Raises ``TooSlowError``."""
        if self._behind:
            raise TooSlowError
        return await self._waiting.get()


class Crier:
    """Passes every change on to all listeners."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._listeners: set[Listener] = set()
        self._dismissed = False

    def __len__(self) -> int:
        """Count the listeners."""
        return len(self._listeners)

    def tell(self, change: Change) -> None:
        """Tell every listener of ``change``."""
        for listener in self._listeners:
            listener.tell(change)

    def dismiss(self) -> None:
        """Send everybody home: the server stops."""
        self._dismissed = True
        for listener in self._listeners:
            listener.dismiss()

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Yield a listener who hears of everything from now on."""
        listener = Listener()
        self._listeners.add(listener)
        if self._dismissed:
            listener.dismiss()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
