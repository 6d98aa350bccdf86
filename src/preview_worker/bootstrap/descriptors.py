"""How many files this process may have open at once."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource


def allow_many_files() -> None:
    """Let this process open as many files as the system lets it.

    The soft limit, often 1,024, is there for programs that use ``select``, which this one does
    not; each asset that a job uses is held open while it runs. Render processes keep their own,
    lower ceiling.
    """
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if sys.platform == "darwin" and hard == resource.RLIM_INFINITY:
            return  # its kernel takes no such number of files
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
