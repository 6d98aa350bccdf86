"""What a zygote sheds: pages that can be had again, and none that cannot."""

from __future__ import annotations

import subprocess
import sys

import pytest

from preview_worker.worker.shedding import unwritten

_SMAPS = """\
7f00-7f10 r-xp 00000000 08:01 42 /lib/some.so
Rss:                  64 kB
Anonymous:             0 kB
7f10-7f20 r--p 00010000 08:01 42 /lib/some.so
Anonymous:             4 kB
7f20-7f30 rw-p 00020000 08:01 42 /lib/some.so
Anonymous:             0 kB
7f30-7f40 r--s 00000000 08:01 43 /shared
Anonymous:             0 kB
7f40-7f50 ---p 00000000 08:01 42 /lib/some.so
Anonymous:             0 kB
7f50-7f60 r--p 00000000 00:00 0
Anonymous:             0 kB
7f60-7f70 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
"""

_PROGRAM = """
import ctypes, pathlib, preview_worker.render
from preview_worker.worker.shedding import shed

def of_files():
    rollup = pathlib.Path("/proc/self/smaps_rollup").read_text()
    return int(rollup.partition("Pss_File:")[2].split()[0])

preview_worker.render.warm_up()
before = of_files()
shed()
shed()
after = of_files()
preview_worker.render.warm_up()
print(before, after)
"""


def test_only_pages_that_a_file_still_has_are_unmapped() -> None:
    """What was written there, by the linker too, is nowhere else."""
    assert list(unwritten(_SMAPS)) == [(0x7F00, 0x7F10)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_libraries_work_on_after_their_pages_were_unmapped() -> None:
    """A render goes through most of them before and after, in one process."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, check=True)
    before_kib, after_kib = map(int, done.stdout.split())

    assert after_kib < before_kib / 2
