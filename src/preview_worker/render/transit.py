"""Carrying entries into and out of a cache that a process behind walls writes, too.

What stands in such a folder was put there by whoever decoded what strangers sent. So it is opened
step by step: no link is followed, nothing but plain files is read, and only whole entries leave.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.render.cache import WRITING, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = re.compile(r"[0-9a-f]{64}")
_SHELF_CHARS = 2


def is_key(value: object) -> bool:
    """Tell whether ``value`` could be the name of an entry."""
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def holds_entry(folder: Path, key: str) -> bool:
    """Tell whether there is a plain file for ``key``, without a look into it."""
    try:
        with _shelf(folder, key) as shelf:
            found = os.stat(key[_SHELF_CHARS:], dir_fd=shelf, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode)


def take_out(folder: Path, key: str, most_bytes: int) -> bytes | None:
    """Return an entry as it is stored; None for one that is missing, damaged or too large."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with _shelf(folder, key) as shelf:
            number = os.open(key[_SHELF_CHARS:], flags, dir_fd=shelf)
            with os.fdopen(number, "rb") as file:
                facts = os.fstat(number)
                if not stat.S_ISREG(facts.st_mode) or facts.st_size > most_bytes:
                    return None
                stored = file.read(most_bytes)
    except OSError:
        return None
    return stored if is_whole(key, stored) else None


def put_in(folder: Path, key: str, stored: bytes) -> bool:
    """Put in an entry as ``take_out`` returned it; tell whether it is there now."""
    if not is_whole(key, stored):
        return False
    written = f"{key[_SHELF_CHARS:]}.{secrets.token_hex(4)}{WRITING}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with _shelf(folder, key, make=True) as shelf:
            try:
                with os.fdopen(os.open(written, flags, 0o644, dir_fd=shelf), "wb") as file:
                    file.write(stored)
                os.replace(written, key[_SHELF_CHARS:], src_dir_fd=shelf, dst_dir_fd=shelf)
            except OSError:
                with suppress(OSError):
                    os.unlink(written, dir_fd=shelf)
                raise
    except OSError:
        return False
    return True


@contextmanager
def _shelf(folder: Path, key: str, *, make: bool = False) -> Iterator[int]:
    """Open the folder in which the entry of ``key`` lies, which must be no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    project = os.open(folder, flags)
    try:
        name = key[:_SHELF_CHARS]
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=project)
        shelf = os.open(name, flags, dir_fd=project)
    finally:
        os.close(project)
    try:
        yield shelf
    finally:
        os.close(shelf)
