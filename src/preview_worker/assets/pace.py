"""How long a transfer may take: a deadline for the whole, and a rate that it has to keep up."""

from __future__ import annotations

import asyncio

from preview_worker.assets.settings import AssetSettings


class Pace:
    """Moves the deadline of a transfer on as bytes arrive, as far as its rate has earned.

    Whoever sends nothing, or a byte now and then, is cut off when the grace is over, and nobody
    goes beyond the time for the whole.
    """

    def __init__(self, settings: AssetSettings, timeout: asyncio.Timeout) -> None:
        """Steer ``timeout``, which has been entered just now."""
        self._settings = settings
        self._timeout = timeout
        self._end_s = asyncio.get_running_loop().time() + settings.fetch_timeout_s
        self.start()

    def start(self) -> None:
        """Begin to count for another request of the same transfer."""
        self._start_s = asyncio.get_running_loop().time()
        self._received = 0
        self.received(0)

    def received(self, count: int) -> None:
        """Count ``count`` bytes more."""
        self._received += count
        earned_s = self._received / self._settings.min_bytes_per_s
        until_s = self._start_s + max(self._settings.grace_s, earned_s)
        self._timeout.reschedule(min(until_s, self._end_s))
