"""What holds back the jobs of a queue in memory: a pause, a limit of jobs at once, a rate."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from preview_worker.queue.controls import RateLimit


@dataclass(slots=True)
class StoreLimits:
    """The limits of one store, and the window of the rate that is running."""

    paused: bool = False
    concurrency: int | None = None
    rate: RateLimit | None = None
    places: dict[str, set[str]] = field(default_factory=dict)
    """Which jobs of each project have one of its places."""
    lines: dict[str, dict[str, float]] = field(default_factory=dict)
    """Which jobs of each project wait for a place, with their numbers in the line."""
    turns: dict[int, dict[str, int]] = field(default_factory=dict)
    """The last number that each project took, by the first of its class."""
    _window_ends_s: float = 0.0
    _started: int = 0

    def admit(self, active: int) -> bool:
        """Tell whether another job may start while ``active`` ones run."""
        if self.paused or (self.concurrency is not None and active >= self.concurrency):
            return False
        return self.until_admitted_s() <= 0

    def note_start(self) -> None:
        """Count a job that starts; the first one opens a window."""
        if self.rate is None:
            return
        now_s = time.monotonic()
        if now_s >= self._window_ends_s:
            self._window_ends_s, self._started = now_s + self.rate.window_ms / 1000, 0
        self._started += 1

    def change_rate(self, rate: RateLimit | None) -> None:
        """Set or lift the rate; the next job opens a window of its own."""
        self.rate = rate
        self._window_ends_s = 0.0

    def until_admitted_s(self) -> float:
        """Seconds until the window ends that is full; 0 when it is not."""
        if self.rate is None or self._started < self.rate.max_jobs:
            return 0.0
        return max(0.0, self._window_ends_s - time.monotonic())
