"""A control group with a memory limit, of whichever version the machine lets us make."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")
_EMPTY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class _Version:
    """Where groups of one version are made, and how their files are called."""

    root: Path
    sign: str
    """A file that only a root of this version has."""
    limit: str
    peak: str
    events: str


_VERSIONS = (
    _Version(_MOUNT, "cgroup.controllers", "memory.max", "memory.peak", "memory.events"),
    _Version(
        _MOUNT / "memory",
        "memory.limit_in_bytes",
        "memory.limit_in_bytes",
        "memory.max_usage_in_bytes",
        "memory.oom_control",
    ),
)


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """A group that is there."""

    folder: Path
    version: _Version

    @property
    def entrance(self) -> list[str]:
        """The words before a command that is to run in the group."""
        step_in = 'echo $$ >"$0/cgroup.procs" && exec "$@"'
        return ["sh", "-c", step_in, str(self.folder)]

    @property
    def peak_mib(self) -> float:
        """The most that its processes ever had at once, pages of files included."""
        return int((self.folder / self.version.peak).read_text()) / 1024**2

    @property
    def kills(self) -> int:
        """How many of its processes the kernel ended for want of memory."""
        lines = (self.folder / self.version.events).read_text().splitlines()
        return int(dict(line.split() for line in lines)["oom_kill"])


@contextmanager
def a_memory_group(limit_bytes: int) -> Iterator[MemoryGroup | None]:
    """Make a group that ends with the block; None where the machine permits none."""
    group = _made(limit_bytes)
    try:
        yield group
    finally:
        if group is not None:
            _remove(group.folder)


def _made(limit_bytes: int) -> MemoryGroup | None:
    for version in _VERSIONS:
        folder = version.root / f"preview-worker-test-{os.getpid()}"
        if not (version.root / version.sign).is_file():
            continue
        with suppress(OSError):
            folder.mkdir()
            try:
                (folder / version.limit).write_text(str(limit_bytes))
            except OSError:
                folder.rmdir()
                raise
            return MemoryGroup(folder, version)
    return None


def _remove(folder: Path) -> None:
    """Remove a group as soon as the last of its processes has gone."""
    deadline_s = time.monotonic() + _EMPTY_WITHIN_S
    while True:
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)
        else:
            return
