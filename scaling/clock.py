"""A clock that jumps from event to event: all that a simulation of ours needs of an engine.

Events of the same instant happen in the order in which they were planned, so a run with the same
seed is the same run. Nothing is ever called off: who no longer wants an event ignores it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

Act = Callable[[], None]


class Clock:
    """Simulated time, in seconds."""

    def __init__(self) -> None:
        """Stand at zero."""
        self.now_s = 0.0
        self._plans: list[tuple[float, int, Act]] = []
        self._numbers = itertools.count()

    def at(self, when_s: float, act: Act) -> None:
        """Plan ``act`` for an instant; for now, if that has passed."""
        heapq.heappush(self._plans, (max(when_s, self.now_s), next(self._numbers), act))

    def after(self, delay_s: float, act: Act) -> None:
        """Plan ``act`` for so much later."""
        self.at(self.now_s + delay_s, act)

    def every(self, period_s: float, act: Act) -> None:
        """Do ``act`` now and again after each period."""

        def again() -> None:
            act()
            self.after(period_s, again)

        self.at(self.now_s, again)

    def run(self, until_s: float = float("inf")) -> None:
        """Let everything happen that is planned for ``until_s`` or earlier."""
        while self._plans and self._plans[0][0] <= until_s:
            self.now_s, _, act = heapq.heappop(self._plans)
            act()
