"""Slows down those who guess keys."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_REMEMBERED = 10_000
"""Addresses that are remembered; an attacker with more of them is no longer slowed by this."""


class Throttle:
    """Lets everybody fail ``attempts`` times in a row, and then once in every ``refill_s``."""

    def __init__(
        self, attempts: int, refill_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with a clean record for everybody."""
        self._attempts = attempts
        self._refill_s = refill_s
        self._clock = clock
        self._failures: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._told: set[str] = set()

    def wait_s(self, who: str) -> int:
        """Return for how many seconds ``who`` may not try; 0 when an attempt is allowed."""
        spent = self._spent(who)
        return 0 if spent <= self._attempts - 1 else self._seconds(spent)

    def is_news(self, who: str) -> bool:
        """Tell whether this is the first time since its last failure that ``who`` has to wait."""
        known = who in self._told
        self._told.add(who)
        return not known

    def note_failure(self, who: str) -> None:
        """Take note that ``who`` has failed."""
        self._told.discard(who)
        spent = self._spent(who)
        self._failures[who] = (spent + 1, self._clock())
        self._failures.move_to_end(who)
        if len(self._failures) > _REMEMBERED:
            oldest, _ = self._failures.popitem(last=False)
            self._told.discard(oldest)

    def forget(self, who: str) -> None:
        """Clear the record of ``who``, who has proved to be a friend."""
        self._failures.pop(who, None)
        self._told.discard(who)

    def _spent(self, who: str) -> float:
        """Return how many attempts are used up now; they come back with time."""
        spent, since_s = self._failures.get(who, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - since_s) / self._refill_s)

    def _seconds(self, spent: float) -> int:
        return max(1, math.ceil(round((spent - (self._attempts - 1)) * self._refill_s, 6)))
