"""What a render did, when, and how long it took: its phases, and the lines of render.log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from preview_worker.contract import PhaseInterval


class Journal:
    """Collects the phases of one render; time is taken from a monotonic clock, in seconds."""

    def __init__(self) -> None:
        """Begin now."""
        self._began = time.monotonic()
        self._began_at_s = time.time()
        self._lines: list[dict[str, Any]] = []
        self._phases: dict[str, PhaseInterval] = {}

    @property
    def phases(self) -> tuple[PhaseInterval, ...]:
        """The phases so far, in the order in which they were entered first."""
        return tuple(self._phases.values())

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done within; a phase may be entered many times and adds up."""
        start = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            self.spend(name, end - start, start, end)

    def spend(self, name: str, spent_s: float, start: float, end: float) -> None:
        """Add to a phase what was spent on it between two instants of the monotonic clock.

        The clock is the machine's: instants of other processes fit in.
        """
        begin_at_s, end_at_s = self._instant(start), self._instant(end)
        if (known := self._phases.get(name)) is not None:
            begin_at_s = min(begin_at_s, known.begin_at_s)
            end_at_s = max(end_at_s, known.end_at_s)
            spent_s += known.busy_s
        self._phases[name] = PhaseInterval(name, begin_at_s, end_at_s, spent_s)

    def note(self, event: str, **facts: object) -> None:
        """Write a line with the time since the render began."""
        at = round(time.monotonic() - self._began, 3)
        self._lines.append({"at_s": at, "event": event, **facts})

    def text(self) -> str:
        """Return the lines as JSON, one an event."""
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines)

    def _instant(self, monotonic_s: float) -> float:
        """Return an instant of the monotonic clock in POSIX seconds."""
        return self._began_at_s + monotonic_s - self._began
