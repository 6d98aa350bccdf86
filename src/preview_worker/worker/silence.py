"""Silence: how long a render process, which ought to speak every second, has said nothing."""

from __future__ import annotations

import asyncio
import sys

_TICK_S = 1.0


class Silence:
    """Counts seconds of silence by the worker's own ticks.

    A worker that was stopped, or too busy to listen, ticks no faster afterwards: it has heard what
    was said meanwhile before it counts another second, and accuses nobody.
    """

    def __init__(self, max_s: float) -> None:
        """Begin to count; ``max_s`` is how much is borne."""
        self._max_s = max_s
        self._ticks = 0
        self.cpu_s = 0.0
        """What the process had used when it last told."""

    def hear(self, cpu_s: float | None = None) -> None:
        """Take note that the process spoke, and of the processor time that it told of."""
        self._ticks = 0
        if cpu_s is not None:
            self.cpu_s = cpu_s

    async def outlasted(self) -> None:
        """Return when the process was silent for too long; never where there is no pulse."""
        while self._ticks * _TICK_S < self._max_s or sys.platform != "linux":
            await asyncio.sleep(_TICK_S)
            self._ticks += 1
