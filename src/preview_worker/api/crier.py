"""Tells all who listen what changed, and lets nobody who listens slowly hold up the others.

What a listener has not heard yet is kept as one entry for each thing that changed, not for each
change: whoever is slow hears of a job once, as it is by then, and a bar that moves a hundred times
costs what one move costs. Whoever has missed too much hears that everything may have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

Topic = Literal["job", "removed", "queue", "reset"]

_BACKLOG = 1000
"""Things that may wait for a listener; a browser that is this far behind should begin anew."""
_REST_PER_LISTENER_S = 0.000_25
"""How long changes are gathered after some were told, for each who listened.

Waking a listener costs the same whether it is to hear one change or many, so a server with 200 of
them whose jobs change all the time does it every 50 ms and has most of its time left for requests.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed. Whoever has heard of it knows the queue's events up to ``place``."""

    place: str
    topic: Topic
    job_id: str = ""
    project_id: str | None = None
    """Whose job was removed; None when nobody knows any more."""


class Listener:
    """Somebody who listens; what changed first comes first."""

    def __init__(self, jobs: Collection[str] | None) -> None:
        """Listen to changes of ``jobs`` only, or of all."""
        self._jobs = jobs
        self._kept: dict[tuple[str, str], Change] = {}
        self._news = asyncio.Event()
        self._dismissed = False

    @property
    def is_waiting(self) -> bool:
        """Whether everything was heard."""
        return not self._kept

    def keep(self, change: Change) -> None:
        """Keep a change for the listener, in place of an earlier one of the same thing."""
        of_others = self._jobs is not None and change.job_id not in self._jobs
        if of_others and change.topic != "reset":
            return
        if change.topic == "reset" or len(self._kept) >= _BACKLOG:
            self._kept.clear()
            change = Change(change.place, "reset")
        about = ("job", change.job_id) if change.job_id else ("", change.topic)
        earlier = self._kept.get(about)
        # It stays where it was in line, at that place: others behind it are still to be heard.
        self._kept[about] = change if earlier is None else replace(change, place=earlier.place)

    def wake(self) -> None:
        """Have the listener hear what was kept."""
        if self._kept or self._dismissed:
            self._news.set()

    def dismiss(self) -> None:
        """Have the listener hear that there is nothing more to come."""
        self._dismissed = True
        self._news.set()

    async def hear(self) -> list[Change] | None:
        """Return what changed; None when there is no more to come."""
        await self._news.wait()
        self._news.clear()
        if self._dismissed:
            return None
        changes, self._kept = list(self._kept.values()), {}
        return changes


class Crier:
    """Passes every change on to all listeners."""

    def __init__(self) -> None:
        """Begin with nobody listening."""
        self._listeners: set[Listener] = set()
        self._dismissed = False
        self._told_s = 0.0
        self._calling: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Count the listeners."""
        return len(self._listeners)

    def tell(self, change: Change) -> None:
        """Tell every listener of ``change``, now or together with what follows it soon."""
        for listener in self._listeners:
            listener.keep(change)
        if self._calling is None and self._listeners:
            loop = asyncio.get_running_loop()
            rest_s = _REST_PER_LISTENER_S * len(self._listeners)
            self._calling = loop.call_at(max(loop.time(), self._told_s + rest_s), self._call)

    def dismiss(self) -> None:
        """Send everybody home: the server stops."""
        self._dismissed = True
        for listener in self._listeners:
            listener.dismiss()

    @contextmanager
    def listening(self, jobs: Collection[str] | None = None) -> Iterator[Listener]:
        """Yield a listener who hears of everything, or of ``jobs`` only, from now on."""
        listener = Listener(jobs)
        self._listeners.add(listener)
        if self._dismissed:
            listener.dismiss()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _call(self) -> None:
        self._calling = None
        self._told_s = asyncio.get_running_loop().time()
        for listener in self._listeners:
            listener.wake()
