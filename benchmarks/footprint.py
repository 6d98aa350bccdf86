"""What a process and its children use: processor seconds and memory, read from Linux's /proc."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

SAMPLE_S = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")
_USER_TICKS = 11
"""Where a line of /proc/PID/stat has utime after the command's name; three more times follow it."""


def family(pid: int) -> list[int]:
    """Return ``pid`` and all its descendants that live."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_s(pid: int) -> float:
    """Return the processor seconds of the family, those of members that ended included."""
    return sum(map(_ticks, family(pid))) / _TICKS


def _ticks(pid: int) -> int:
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(part) for part in facts[_USER_TICKS : _USER_TICKS + 4])


def memory_mib(pid: int) -> float:
    """Return the family's memory; a page that several share counts in parts (PSS)."""
    return sum(map(_proportional_kib, family(pid))) / 1024


def _proportional_kib(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in told.splitlines() if line.startswith("Pss:"))
    return next((int(line[1]) for line in lines), 0)


class Watch:
    """Samples a family's memory until the block ends; ``peak_mib`` is the highest that was seen."""

    def __init__(self, pid: int) -> None:
        """Watch the family of ``pid``."""
        self.peak_mib = 0.0
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        over = False
        while not over:
            self.peak_mib = max(self.peak_mib, memory_mib(self._pid))
            over = self._over.wait(SAMPLE_S)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()
