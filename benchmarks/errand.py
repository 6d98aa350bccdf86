"""An errand: one process that is run to its end, and what it used on the way."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from benchmarks.figures import Run
from benchmarks.footprint import Watch


def run_errand(command: Sequence[str], folder: Path, *, watched: bool = False) -> tuple[Run, bytes]:
    """Run ``command`` in ``folder``; return what it cost and what it said.

    The processor seconds are those of its children too. Raises ``RuntimeError`` when it fails.
    """
    begin_s = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    watch = Watch(process.pid) if watched else None
    with process, watch or nullcontext():
        told = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - begin_s
    if process.returncode:
        message = f"exit status {process.returncode} of {' '.join(command)}"
        raise RuntimeError(message)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Run(wall_s, cpu_s, watch.peak_mib if watch else None), told
