"""Families of processes: each child of the zygote, with everything that it started.

A child leads a process group that nothing in it can leave, and the zygote adopts what loses its
parent. So a family can be ended as a whole, and it has ended when its group is empty.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Ended:
    """How a child ended: its own status, and what its whole family used."""

    status: int | None = None
    """None while it lives."""
    cpu_s: float = 0.0
    rss_kib: int = 0
    """The most memory that one process of the family had resident, in KiB."""


class Families:
    """The children of this process that lead groups."""

    def __init__(self) -> None:
        """Begin without any."""
        self._living: dict[int, Ended] = {}

    def add(self, pid: int) -> None:
        """Take in the child ``pid``, which leads a group or is about to."""
        self._living[pid] = Ended()

    def signal(self, pid: int, number: int) -> None:
        """Signal the family of ``pid``; nothing happens when it is gone."""
        if pid in self._living:
            signal_family(pid, number)

    def kill(self) -> None:
        """End every family."""
        for pid in self._living:
            self.signal(pid, signal.SIGKILL)

    def reap(self) -> Iterator[tuple[int, Ended]]:
        """Take note of all that ended; yield each child of whose family nothing is left."""
        while (found := _next_dead()) is not None:
            group = os.getpgid(found)
            _, status, usage = os.wait4(found, 0)
            ended = self._living.get(found) or self._living.get(group)
            if found in self._living and ended is not None:
                ended.status = status
                with suppress(ProcessLookupError):
                    os.killpg(found, signal.SIGKILL)
            if ended is not None:
                ended.cpu_s += usage.ru_utime + usage.ru_stime
                ended.rss_kib = max(ended.rss_kib, usage.ru_maxrss)
            if found in self._living or group not in self._living:
                self._end_strays()
        for pid in [pid for pid, ended in self._living.items() if ended.status is not None]:
            if _is_empty(pid):
                yield pid, self._living.pop(pid)

    def _end_strays(self) -> None:
        """End what left its group, as it could where there is no filter on system calls."""
        for pid in _children():
            with suppress(ProcessLookupError):
                if pid not in self._living and os.getpgid(pid) not in self._living:
                    os.kill(pid, signal.SIGKILL)


def signal_family(pid: int, number: int) -> None:
    """Signal the group that ``pid`` leads or is about to lead; nothing happens when it is gone."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(pid, number)  # it has no group yet


def _children() -> list[int]:
    """Return the processes whose parent this one is, by birth or by adoption."""
    with suppress(OSError):
        listing = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        return [int(pid) for pid in listing.split()]
    return []


def _next_dead() -> int | None:
    """Return a child that has ended, and leave it to be waited for."""
    with suppress(ChildProcessError):
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return None if found is None else found.si_pid
    return None


def _is_empty(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False
