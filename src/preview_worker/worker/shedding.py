"""What a zygote sheds after its warm-up: memory that nobody has any use for."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ (\d+)")
_UNWRITTEN = "Anonymous:             0 kB"


def shed() -> None:
    """Give freed memory back, and unmap pages of libraries that were read in (Linux with glibc).

    A zygote waits and forks, for which it needs few of the pages that its warm-up went through.
    Its children do not get them from it either: Linux copies no page tables at a fork for mappings
    that can be filled from their file. The pages stay in the page cache, from where whoever needs
    one has it back without reading the file.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):  # no /proc, or another C library
        libc = ctypes.CDLL(None)
        libc.malloc_trim(ctypes.c_size_t(0))
        for start, end in unwritten(Path("/proc/self/smaps").read_text(encoding="utf-8")):
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def unwritten(smaps: str) -> Iterator[tuple[int, int]]:
    """Yield where mappings of files begin and end that cannot be written and never were.

    What the linker relocated cannot be written any more, but its pages are not those of the file:
    they count as anonymous, and would be lost.
    """
    found: tuple[int, int] | None = None
    for line in smaps.splitlines():
        if head := _HEAD.match(line):
            start, end, rights, inode = head.groups()
            of_file = inode != "0" and rights.startswith("r-") and rights.endswith("p")
            found = (int(start, 16), int(end, 16)) if of_file else None
        elif found and line == _UNWRITTEN:
            yield found
