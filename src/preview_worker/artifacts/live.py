"""What can be watched while it is rendered: ``<data>/live/<project>/<job>/<attempt>/``.

Each attempt has a folder of its own, so a worker that lost its job cannot spoil what its successor
shows. The published preview takes over from it; a while after it last grew, a sweep removes it.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from preview_worker.artifacts.disk import remove_entry
from preview_worker.artifacts.keys import folder_name

LIVE = "live"
_LEVELS = 3
"""Project, job, attempt."""


class LiveArea:
    """The live folders of one data directory. Blocks on the disk."""

    def __init__(self, root: Path, kept_s: float) -> None:
        """Work under ``root``, an absolute path."""
        self._root = root / LIVE
        self._kept_s = kept_s

    def folder(self, project_id: str, job_id: str, attempt: int) -> Path:
        """Return the folder of an attempt; it is not made."""
        names = (folder_name(one, fold_case=True) for one in (project_id, job_id))
        return self._root.joinpath(*names, str(attempt))

    def sweep(self) -> int:
        """Remove what did not grow for a while; return how many attempts that were."""
        removed = 0
        for folder in _below(self._root, _LEVELS):
            try:
                idle_s = time.time() - folder.stat(follow_symlinks=False).st_mtime
            except OSError:
                continue
            if idle_s > self._kept_s:
                remove_entry(folder)
                removed += 1
                for parent in (folder.parent, folder.parent.parent):
                    with contextlib.suppress(OSError):  # there is more in it
                        parent.rmdir()
        return removed


def _below(folder: Path, levels: int) -> list[Path]:
    """List the folders that are ``levels`` below ``folder``; links are none."""
    if levels == 0:
        return [folder]
    try:
        with os.scandir(folder) as entries:
            found = [Path(one.path) for one in entries if one.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return [deep for one in found for deep in _below(one, levels - 1)]
