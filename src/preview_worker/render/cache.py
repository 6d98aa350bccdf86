"""What was rendered before, kept on disk under the digest of all that it was made from.

Several processes share one folder without asking each other: an entry is written beside its place
and moved there, so it is whole or absent, and it carries a checksum over its name and its content,
so that one that is damaged, or stands in another's place, is taken for absent. Links are not
followed. What was not used for the longest time goes first when the folder grows too large. The
cache only saves time, so a disk that refuses is no error.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SUM_BYTES = hashlib.sha256().digest_size
_TRIM_EVERY_S = 60
_TRIMMED_TO = 0.9
_MARK = ".trimmed"
_WRITING = ".new"
_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PLAIN |= getattr(os, "O_BINARY", 0)
_LEFT_OVER_S = 3600
"""A file that is being written for so long belongs to nobody any more."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries, each named by a digest; ``None`` as folder keeps nothing."""

    folder: Path | None
    max_bytes: int

    def holds(self, key: str) -> bool:
        """Tell whether there is an entry, without looking whether it is whole."""
        if self.folder is None:
            return False
        try:
            return stat.S_ISREG(self._path(self.folder, key).lstat().st_mode)
        except OSError:
            return False

    def get(self, key: str) -> bytes | None:
        """Return an entry, or None when there is none or it is damaged."""
        if self.folder is None:
            return None
        path = self._path(self.folder, key)
        try:
            content = _read(path)
        except OSError:
            return None
        entry = content[_SUM_BYTES:]
        if _checksum(key, entry) != content[:_SUM_BYTES]:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return entry

    def put(self, key: str, entry: bytes) -> None:
        """Keep ``entry``, unless it is larger than the whole cache may be."""
        if self.folder is None or len(entry) > self.max_bytes:
            return
        path = self._path(self.folder, key)
        written = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_WRITING}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with written.open("xb") as file:
                file.write(_checksum(key, entry))
                file.write(entry)
            written.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                written.unlink()

    def trim(self, *, now: bool = False) -> int:
        """Remove the entries that were unused for the longest time; return how many.

        What a writer left behind half-way goes in any case. Does nothing when somebody did it
        within the last minute, unless it has to be ``now``.
        """
        if self.folder is None or not (now or self._is_due(self.folder)):
            return 0
        entries = sorted(self._entries(self.folder))
        size = sum(entry.size_bytes for entry in entries)
        goal = self.max_bytes * _TRIMMED_TO if size > self.max_bytes else size
        removed = 0
        for entry in entries:
            if entry.kept and size <= goal:
                break
            if _remove(entry.path):
                size -= entry.size_bytes
                removed += 1
        return removed

    @staticmethod
    def _is_due(folder: Path) -> bool:
        mark = folder / _MARK
        try:
            if abs(time.time() - mark.stat().st_mtime) < _TRIM_EVERY_S:
                return False
        except FileNotFoundError:
            pass
        except OSError:
            return False
        try:
            mark.touch()
        except OSError:
            return False
        return True

    @staticmethod
    def _entries(folder: Path) -> Iterator[_Entry]:
        """Yield every entry, and every file that may become one."""
        for shelf in _children(folder):
            if not shelf.is_dir(follow_symlinks=False):
                continue
            for file in _children(Path(shelf.path)):
                try:
                    facts = file.stat(follow_symlinks=False)
                except OSError:
                    continue
                if stat.S_ISDIR(facts.st_mode):
                    continue
                used_s = facts.st_mtime
                left_over = (
                    file.name.endswith(_WRITING) and abs(time.time() - used_s) > _LEFT_OVER_S
                )
                yield _Entry(not left_over, used_s, facts.st_size, Path(file.path))

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / key[2:]


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    kept: bool
    """False for a file that nobody will finish; it sorts before all others."""
    used_s: float
    size_bytes: int
    path: Path


def _children(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _read(path: Path) -> bytes:
    """Return the content of a plain file; raise ``OSError`` for a link, a folder or a pipe."""
    with open(path, "rb", opener=lambda name, _: os.open(name, _PLAIN)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return file.read()


def _checksum(key: str, entry: bytes) -> bytes:
    digest = hashlib.sha256(f"{key}\n".encode())
    digest.update(entry)
    return digest.digest()


def _remove(path: Path) -> bool:
    """Tell whether the file is gone, whoever removed it."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
