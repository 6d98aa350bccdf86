"""How fast the queue empties: jobs that ended in the last minutes, whoever ended them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

_WINDOW_S = 300
_LEAST_S = 30
"""Over less time than that, a rate says nothing: two jobs may end together by chance."""
_MS_PER_S = 1000


class DrainMeter:
    """Counts jobs by the second in which they ended; what is older than five minutes is dropped."""

    def __init__(self, ends_ms: Iterable[int] = ()) -> None:
        """Begin with what ended before: POSIX milliseconds, in any order."""
        self._seconds: deque[list[int]] = deque()
        for at_ms in sorted(ends_ms):
            self.note(at_ms)

    def note(self, at_ms: int) -> None:
        """Count a job that ended now, at ``at_ms``."""
        second = at_ms // _MS_PER_S
        if self._seconds and self._seconds[-1][0] >= second:
            self._seconds[-1][1] += 1
        else:
            self._seconds.append([second, 1])
            self._forget(second)

    def per_s(self, now_s: float) -> float:
        """Return how many jobs end in a second; 0 when none did in the last five minutes.

        A queue that was idle before is judged by the time since its first job ended.
        """
        self._forget(int(now_s))
        if not self._seconds:
            return 0.0
        span_s = max(now_s - self._seconds[0][0], _LEAST_S)
        return sum(count for _, count in self._seconds) / span_s

    def _forget(self, now_s: int) -> None:
        while self._seconds and self._seconds[0][0] <= now_s - _WINDOW_S:
            self._seconds.popleft()
