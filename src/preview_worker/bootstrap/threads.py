"""The threads that do what would hold up the event loop, all of them started beforehand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

_BESIDE_JOBS = 4
"""The audit log, the janitor, the shelf and the cache have things to do while all slots work."""
_PER_JOB = 2


def started_threads(slots: int) -> ThreadPoolExecutor:
    """Return a pool of threads for a worker with so many ``slots``; each of them runs already.

    A pool starts a thread whenever it has more to do than ever before. A system that has none left
    to give would fail a job then; now it fails the start, with a ``RuntimeError``.
    """
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
