"""What the machine, or the container that it is cut up into, allots to this process."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_processors(cgroup: Path = CGROUP) -> int:
    """Return how many processors this process may keep busy, at least 1.

    A container's quota (``cpu.max`` of control groups, version 2) counts like processors that are
    not there; a fraction of one is rounded up.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    present = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, _, period = (cgroup / "cpu.max").read_text(encoding="ascii").partition(" ")
        allotted = -(-int(quota) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return present
    return max(1, min(present, allotted))


def usable_memory_bytes(cgroup: Path = CGROUP, proc: Path = Path("/proc")) -> int | None:
    """Return how much memory this process and its children may use; None when nobody knows.

    That is the least of what the machine has and what the control groups around us allow, version
    1 and 2, whether we see our own group as the root, as in a container, or by its whole path.
    """
    limits = [_physical_bytes(proc)]
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers == "":
            limits += _limits(cgroup, path, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits(cgroup / "memory", path, "memory.limit_in_bytes")
    known = [limit for limit in limits if limit is not None]
    return min(known, default=None)


def _limits(mount: Path, path: str, name: str) -> list[int | None]:
    """Return the limits of a group and of all groups around it, as far as they can be seen."""
    group = Path(path.lstrip("/"))
    return [_number(mount / place / name) for place in (group, *group.parents)]


def _physical_bytes(proc: Path) -> int | None:
    for line in _lines(proc / "meminfo"):
        name, _, value = line.partition(":")
        if name == "MemTotal" and value.split()[:1]:
            return int(value.split()[0]) * 1024
    return None


def _number(path: Path) -> int | None:
    """Return the number in a file; None for one that is not there, or says ``max``."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
