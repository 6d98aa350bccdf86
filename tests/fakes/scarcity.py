"""Stand-ins for the renderer that meet the end of what the system has to give."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from preview_worker.contract import RenderedPreview
from tests.fakes.renders import a_preview

FORKS_REFUSED = "forks-are-refused"
"""The marker's name; see ``warm_up_without_forks``."""


def warm_up_without_forks() -> None:
    """Have forks fail as at the limit of processes, while there is a marker on the search path.

    The limit itself does not bind the administrator, who may run these tests.
    """
    fork = os.fork

    def refuse_sometimes() -> int:
        if any(Path(folder, FORKS_REFUSED).exists() for folder in sys.path):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    os.fork = refuse_sometimes


def devour(*_: object) -> RenderedPreview:
    """Use half a gibibyte of memory, every page of it."""
    held = bytearray(512 * 1024**2)
    held[::4096] = b"x" * (len(held) // 4096)
    return a_preview(str(len(held)))


def fail_to_warm_up() -> None:
    """Fail as a missing system library would."""
    message = "libGL.so.1: cannot open shared object file"
    raise ImportError(message)
