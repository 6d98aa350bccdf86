"""Ceilings on what a process may use up (``setrlimit``). They hold for each process by itself."""

from __future__ import annotations

import mmap
import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import resource

_RESERVED_BYTES = 1 << 30
"""Address space that allocators and thread stacks reserve without using it."""
_PAGE = mmap.PAGESIZE
_DATA_FIELD = 5
_CPU_REMINDER_S = 5
"""Between SIGXCPU, which tells why, and SIGKILL, which cannot be ignored."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that one process may use up."""

    memory_bytes: int
    """Beyond what the process had when it was forked."""
    cpu_s: int
    file_bytes: int
    open_files: int = 256
    processes: int = 4096
    """Of the same user on the whole system; the kernel does not count root's."""


def lower(ceilings: Ceilings) -> None:
    """Set the ceilings for this process and all that it forks; they can never be raised again.

    A ceiling that is lower already stays as it is. Windows has none.
    """
    if sys.platform == "win32":
        return
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, ceilings.file_bytes)
    _lower(resource.RLIMIT_NOFILE, ceilings.open_files)
    _lower(resource.RLIMIT_CPU, ceilings.cpu_s, ceilings.cpu_s + _CPU_REMINDER_S)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_NPROC, ceilings.processes)
        size, data = _memory_now()
        _lower(resource.RLIMIT_DATA, data + ceilings.memory_bytes)
        _lower(resource.RLIMIT_AS, size + ceilings.memory_bytes + _RESERVED_BYTES)


def _lower(what: int, soft: int, hard: int | None = None) -> None:
    _, most = resource.getrlimit(what)
    wanted = soft if hard is None else hard
    hard = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(what, (min(soft, hard), hard))


def _memory_now() -> tuple[int, int]:
    """Return address space and private data of this process, in bytes."""
    pages = Path("/proc/self/statm").read_bytes().split()
    return int(pages[0]) * _PAGE, int(pages[_DATA_FIELD]) * _PAGE
