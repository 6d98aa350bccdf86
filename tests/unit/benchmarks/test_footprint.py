"""What processes use, as /proc tells it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.footprint import Watch, cpu_s, family, memory_mib

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="these are files of Linux"
)
HOLD = "held = bytearray(64 << 20); print('ready', flush=True); input()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD!r}])"
SPEND = "sum(range(20_000_000))"
SPENDER = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPEND!r}]);"
    "print('ready', flush=True); input()"
)


@contextmanager
def a_process(code: str) -> Iterator[int]:
    """Run ``code`` until the block ends; it has said that it is ready when the block begins."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process.pid


def test_a_family_is_a_process_and_all_below_it() -> None:
    """The child's child counts as well."""
    with a_process(PARENT) as pid:
        assert len(family(pid)) == 2


def test_memory_of_children_counts() -> None:
    """64 MiB that only the child holds are seen from the parent."""
    with a_process(PARENT) as pid:
        assert memory_mib(pid) > 64


def test_processor_seconds_of_ended_children_count() -> None:
    """The child did all the work and is gone."""
    with a_process(SPENDER) as pid:
        assert cpu_s(pid) > 0.1


def test_a_process_that_is_gone_uses_nothing() -> None:
    """It is no error to ask for it."""
    with a_process(HOLD) as pid:
        pass
    assert (memory_mib(pid), cpu_s(pid)) == (0, 0)


def test_a_short_watch_has_seen_something() -> None:
    """It looks once at least, however soon it is over."""
    with a_process(HOLD) as pid, Watch(pid) as watch:
        pass
    assert watch.peak_mib > 64
