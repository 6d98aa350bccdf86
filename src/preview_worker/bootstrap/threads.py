"""The threads that do what would hold up the event loop, all of them started beforehand."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

_BESIDE_JOBS = 4
"""The audit log, the janitor, the shelf and the cache have things to do while all slots work."""
_PER_JOB = 2
_M_MMAP_THRESHOLD = -3
"""The parameter's number in glibc's ``malloc.h``."""
_LARGE_BYTES = 128 * 1024
"""Where glibc begins."""


def started_threads(slots: int) -> ThreadPoolExecutor:
    """Return a pool of threads for a worker with so many ``slots``; each of them runs already.

    A pool starts a thread whenever it has more to do than ever before. A system that has none left
    to give would fail a job then; now it fails the start, with a ``RuntimeError``.
    """
    _give_large_blocks_back()
    count = _PER_JOB * slots + _BESIDE_JOBS
    pool = ThreadPoolExecutor(count, thread_name_prefix="preview")
    all_run = Barrier(count + 1)
    try:
        for _ in range(count):
            pool.submit(all_run.wait)
    except RuntimeError:
        all_run.abort()
        pool.shutdown(wait=False)
        raise
    all_run.wait()
    return pool


def _give_large_blocks_back() -> None:
    """Have what is large come from the system and go back to it, whichever thread needs it.

    glibc's malloc keeps a heap for each thread. Once a large block was freed, it takes others of
    that size from those heaps, which stay as large as they ever were (mallopt(3), "dynamic mmap
    threshold"): a worker with eight threads would grow by eight times whatever each of them needs
    once, such as Python's table of interned names when that is made anew.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library keeps no such heaps
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
