"""What a render left in its folder. Nothing there is opened and no link followed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def size_of(folder: Path) -> int:
    """Return how many bytes the files beneath ``folder`` have together."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(Path(parent, name)).st_size
            except FileNotFoundError:
                continue
    return size


def empty_folder(folder: Path) -> None:
    """Remove everything in ``folder``, which stays."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink(missing_ok=True)
