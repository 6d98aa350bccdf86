"""The pool of threads of a worker: whole from the start, or not there at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest

from preview_worker.bootstrap.threads import started_threads

BUSY_S = 30


def test_a_busy_pool_starts_no_thread() -> None:
    """All its threads are there before it has anything to do."""
    pool = started_threads(2)
    before = threading.active_count()
    release = threading.Event()
    tasks = [pool.submit(release.wait, BUSY_S) for _ in range(100)]
    at_work = threading.active_count()
    release.set()
    wait(tasks)
    pool.shutdown()

    assert at_work == before


def test_a_pool_that_gets_too_few_threads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads that it got end, so that nothing waits for them."""
    given = iter(range(3))
    submit: Any = ThreadPoolExecutor.submit

    def refuse(pool: ThreadPoolExecutor, *work: object) -> object:
        if next(given, None) is None:
            message = "can't start new thread"
            raise RuntimeError(message)
        return submit(pool, *work)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="can't start new thread"):
        started_threads(2)
    for thread in set(threading.enumerate()) - before:
        thread.join(BUSY_S)
    assert set(threading.enumerate()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds there")
def test_threads_keep_nothing_of_what_was_large_once() -> None:
    """Or each of them would, and a worker would grow for days."""
    told = subprocess.run([sys.executable, "-c", _GROWTH], capture_output=True, check=True)

    assert int(told.stdout) < 4 * 1024  # 16 MiB without, two for each thread


_GROWTH = """
import re
from pathlib import Path
from threading import Barrier
from preview_worker.bootstrap.threads import started_threads

def held_kib():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

pool, together = started_threads(2), Barrier(8)

def need_much():
    together.wait()
    return len(b"x" * (2 << 20))

len(b"x" * (16 << 20))  # freed, it raises what malloc takes for large
before_kib = held_kib()
list(pool.map(lambda _: need_much(), range(8)))
print(held_kib() - before_kib)
"""
