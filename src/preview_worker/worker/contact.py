"""Contact with the queue: lost or made, told once each time it changes."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

from preview_worker.events import Observer, QueueConnected, QueueUnreachable

if TYPE_CHECKING:
    from preview_worker.queue import QueueUnavailableError

_PAUSE_MIN_S = 0.05
_PAUSE_MAX_S = 0.5


class Contact:
    """Knows since when the queue has been silent. At start it is, until it answers first."""

    def __init__(self, observer: Observer) -> None:
        """Tell ``observer`` of every change."""
        self._observer = observer
        self._silent_since_s: float | None = time.monotonic()
        self._told = False

    async def wait_after(self, error: QueueUnavailableError) -> None:
        """Take note that the queue did not answer, and wait a moment before asking again.

        The pause is random, so that a fleet of workers does not knock at the same time.
        """
        if self._silent_since_s is None:
            self._silent_since_s = time.monotonic()
        if not self._told:
            self._told = True
            self._observer.observe(QueueUnreachable(reason=str(error)))
        await asyncio.sleep(random.uniform(_PAUSE_MIN_S, _PAUSE_MAX_S))  # noqa: S311 -- no secret

    def note_answer(self) -> None:
        """Take note that the queue answered."""
        if self._silent_since_s is not None:
            away_s = time.monotonic() - self._silent_since_s
            self._silent_since_s, self._told = None, False
            self._observer.observe(QueueConnected(away_s=away_s))
