"""What a render did and how long it took: the lines of render.log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Journal:
    """Collects the phases of one render; time is taken from a monotonic clock, in seconds."""

    def __init__(self) -> None:
        """Begin now."""
        self._began = time.monotonic()
        self._lines: list[dict[str, Any]] = []
        self.phases_s: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what is done within; a phase may be entered many times and adds up."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.spend(name, time.monotonic() - start)

    def spend(self, name: str, spent_s: float) -> None:
        """Add to a phase what was spent on it elsewhere."""
        self.phases_s[name] = self.phases_s.get(name, 0.0) + spent_s

    def note(self, event: str, **facts: object) -> None:
        """Write a line with the time since the render began."""
        at = round(time.monotonic() - self._began, 3)
        self._lines.append({"at_s": at, "event": event, **facts})

    def text(self) -> str:
        """Return the lines as JSON, one an event."""
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in self._lines)
