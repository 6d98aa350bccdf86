"""Processes as the kernel tells of them in /proc: families, orphans, what they hold and talk to."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.footprint import family

__all__ = ["Census", "Holdings", "become_reaper", "family", "foreign_sockets", "holdings"]

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LISTENING = "0A"  # linux/tcp_states.h
_TABLES = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")
_LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one process holds: how much memory, how many descriptors and threads of each kind."""

    rss_kib: int
    pss_kib: int
    descriptors: Counter[str]
    threads: Counter[str]


def holdings(pid: int) -> Holdings:
    """Return what ``pid`` holds now; raise ``OSError`` when it is gone."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.findall(r"^(\w+):\s+(\d+) kB", rollup, re.MULTILINE)
    sizes = {name: int(size) for name, size in found}
    return Holdings(
        rss_kib=sizes["Rss"],
        pss_kib=sizes["Pss"],
        descriptors=Counter(_kinds(pid)),
        threads=Counter(_thread_names(pid)),
    )


def become_reaper() -> None:
    """Have the kernel give us the children of dead descendants, so that no orphan is missed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


@dataclass(slots=True)
class Census:
    """Counts orphans and zombies. A process that falls to us was left by one which died."""

    own: set[int] = field(default_factory=set)
    """Processes that we started ourselves; whoever starts them waits for them."""
    longest_orphan_s: float = 0.0
    orphans: int = 0
    _seen_s: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Bury the dead that fell to us, and note how long the living ones live."""
        now_s = time.monotonic()
        children = {pid for pid in _children(os.getpid()) if pid not in self.own}
        for pid in children:
            first_s = self._seen_s.setdefault(pid, now_s)
            if _state(pid) == "Z":
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                self._bury(pid, now_s - first_s)
        for pid in set(self._seen_s) - children:
            if pid in self.own:  # seen in the moment before we noted that we had started it
                del self._seen_s[pid]
            else:
                self._bury(pid, now_s - self._seen_s[pid])

    @property
    def living_orphans(self) -> list[int]:
        """Orphans that still run."""
        return sorted(self._seen_s)

    def _bury(self, pid: int, lived_s: float) -> None:
        if self._seen_s.pop(pid, None) is not None:
            self.orphans += 1
            self.longest_orphan_s = max(self.longest_orphan_s, lived_s)


def zombies(pids: list[int]) -> list[int]:
    """Return which of ``pids`` ended and were not waited for."""
    return [pid for pid in pids if _state(pid) == "Z"]


def foreign_sockets(pid: int, allowed_ports: set[int]) -> list[str]:
    """Return the network sockets of ``pid`` that lead elsewhere than to ``allowed_ports`` here.

    A socket that listens on, or was accepted at, a loopback port of the process is its probes'. One
    that only hears what is sent to it on the loopback leads nowhere: a worker that tries its walls
    has such a one, to see that a render cannot reach it.
    Raises ``OSError`` when the process is gone or may not be looked at.
    """
    inodes = _socket_inodes(pid)
    rows = [(table, row) for table in _TABLES for row in _rows(pid, table) if row[9] in inodes]
    probes = {row[1].partition(":")[2] for _, row in rows if row[3] == _LISTENING}
    return [
        f"{table} {row[1]} -> {row[2]}"
        for table, row in rows
        if not _is_expected(table, row, probes, allowed_ports)
    ]


def _is_expected(table: str, row: list[str], probes: set[str], allowed_ports: set[int]) -> bool:
    host, _, port = row[1].partition(":")
    far_host, _, far_port = row[2].partition(":")
    if host not in _LOOPBACK:
        return False
    if not table.startswith("tcp"):
        return table.startswith("udp") and int(far_host, 16) == int(far_port, 16) == 0
    if port in probes:
        return True
    return far_host in _LOOPBACK and int(far_port, 16) in allowed_ports


def _kinds(pid: int) -> Iterator[str]:
    """Yield what each descriptor leads to: a path, or ``socket``, ``pipe`` and their like."""
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            yield re.sub(r":\[\d+\]$", "", Path(entry.path).readlink().as_posix())


def _thread_names(pid: int) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            yield (task / "comm").read_text(encoding="utf-8", errors="replace").strip()


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            found = re.fullmatch(r"socket:\[(\d+)\]", Path(entry.path).readlink().as_posix())
            if found:
                inodes.add(found[1])
    return inodes


def _rows(pid: int, table: str) -> list[list[str]]:
    try:
        lines = Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    return [line.split() for line in lines[1:]]


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            yield from map(int, (task / "children").read_text(encoding="ascii").split())


def _state(pid: int) -> str | None:
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return told.rpartition(")")[2].split()[0]
