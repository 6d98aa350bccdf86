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
