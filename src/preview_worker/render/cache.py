"""What was rendered before, kept on disk under the digest of all that it was made from.

Several processes share one folder without asking each other: an entry is written beside its place
and moved there, so it is whole or absent, and it carries a checksum over its name and its content,
so that one that is damaged, or stands in another's place, is taken for absent. Links are not
followed. The cache only saves time, so a disk that refuses is no error. ``clearance`` keeps all
caches together small.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

_SUM_BYTES = hashlib.sha256().digest_size
WRITING = ".new"
"""How the name of a file ends that is not an entry yet."""
_PLAIN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PLAIN |= getattr(os, "O_BINARY", 0)


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
        if not is_whole(key, content):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return content[_SUM_BYTES:]

    def put(self, key: str, entry: bytes) -> None:
        """Keep ``entry``, unless it is larger than the whole cache may be."""
        if self.folder is None or len(entry) > self.max_bytes:
            return
        path = self._path(self.folder, key)
        written = path.with_name(f"{path.name}.{secrets.token_hex(4)}{WRITING}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with written.open("xb") as file:
                file.write(_checksum(key, entry))
                file.write(entry)
            written.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                written.unlink()

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / key[2:]


def is_whole(key: str, stored: bytes) -> bool:
    """Tell whether ``stored``, the content of a file, is an entry of ``key`` in every byte."""
    return _checksum(key, stored[_SUM_BYTES:]) == stored[:_SUM_BYTES]


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
