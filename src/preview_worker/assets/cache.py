"""Fetched assets on disk: the bytes under their own digest, and what each address last led to.

Several workers may share the folder. Bytes are written beside their place and linked into it when
they are whole, nothing is ever replaced, and whoever uses a file holds it with a lock that the
kernel drops should its process die. Bytes are compared with their name before every use, so a
damaged file is taken for absent and nothing has to be flushed to the disk.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from preview_worker.assets.holding import CREATE, Holding, hold, remove_unheld
from preview_worker.contract import ErrorCode, PreviewError

_PIECE = 1 << 20
_TRIMMED_TO = 0.9
_LEFT_OVER_S = 3600
"""A transfer that began so long ago belongs to nobody any more."""
_MAX_RECORD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Record:
    """What an address led to, and how to ask whether it still does."""

    digest: str
    key: str
    """``Locator.key`` of where the bytes came from, behind all redirects."""
    etag: str = ""
    modified: str = ""


class AssetCache:
    """The folder of fetched assets. Its calls block, and raise ``transient.disk`` for the disk."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Keep about ``max_bytes`` in ``folder``, which is made when something is kept."""
        self._content = folder / "content"
        self._index = folder / "index"
        self._partial = folder / "partial"
        self._max_bytes = max_bytes

    def find(self, key: str) -> tuple[Record, Holding] | None:
        """Return what the address called ``key`` led to, if its bytes are here and unharmed."""
        with _disk_trouble("looking for a fetched asset"):
            record = self._record(key)
            holding = self._hold(record.digest) if record else None
            return (record, holding) if record and holding else None

    def deposit(self) -> Deposit:
        """Return a place for bytes that are about to come."""
        return Deposit(self._partial / secrets.token_hex(16))

    def keep(self, deposit: Deposit) -> tuple[str, Holding]:
        """Put all that was deposited in its place; return its digest, and hold it."""
        with _disk_trouble("keeping a fetched asset"):
            _make_folder(self._content)
            deposit.write(b"")
            while (holding := self._hold(deposit.digest)) is None:
                _link(deposit.path, self._content / deposit.digest)
            return deposit.digest, holding

    def note(self, key: str, record: Record) -> None:
        """Remember what the address called ``key`` led to."""
        with _disk_trouble("noting a fetched asset"):
            _make_folder(self._index)
            text = json.dumps(asdict(record))
            if len(text) > _MAX_RECORD_BYTES:
                return
            _make_folder(self._partial)
            written = self._partial / secrets.token_hex(16)
            with os.fdopen(os.open(written, CREATE, 0o600), "w", encoding="ascii") as file:
                file.write(text)
            written.replace(self._index / key)

    def trim(self) -> int:
        """Remove what was unused for the longest time, if the cache is too large.

        Returns how many assets went. What a running job holds stays, as do links, folders and
        whatever else is no plain file. Records of assets that are gone, and transfers that nobody
        will finish, go in any case.
        """
        removed = 0
        kept = sorted(_files(self._content))
        size = sum(entry.size_bytes for entry in kept)
        goal = self._max_bytes * _TRIMMED_TO if size > self._max_bytes else size
        for entry in kept:
            if size <= goal:
                break
            if remove_unheld(entry.path):
                size -= entry.size_bytes
                removed += 1
        with contextlib.suppress(OSError):
            self._forget()
        return removed

    def _forget(self) -> None:
        now_s = time.time()
        for entry in _files(self._partial):
            if abs(now_s - entry.used_s) > _LEFT_OVER_S:
                _unlink(entry.path)
        for entry in _files(self._index):
            record = self._record(entry.path.name)
            if record is None or not (self._content / record.digest).exists():
                _unlink(entry.path)

    def _hold(self, digest: str) -> Holding | None:
        if (holding := hold(self._content / digest)) is None:
            return None
        try:
            if _digest_of(holding.descriptor) == digest:
                os.utime(holding.path)
                return holding
            holding.path.unlink(missing_ok=True)
        except BaseException:
            holding.release()
            raise
        holding.release()
        return None

    def _record(self, key: str) -> Record | None:
        """Read a record; whatever is not one counts as none."""
        if (holding := hold(self._index / key)) is None:
            return None
        try:
            said = json.loads(os.read(holding.descriptor, _MAX_RECORD_BYTES + 1))
            record = Record(**said)
            if not all(isinstance(value, str) for value in asdict(record).values()):
                return None
            int(record.digest, 16)
        except (ValueError, TypeError):
            return None
        finally:
            holding.release()
        return record if len(record.digest) == hashlib.sha256().digest_size * 2 else None


class Deposit:
    """Bytes on their way into the cache, hashed as they come."""

    def __init__(self, path: Path) -> None:
        """Write to a new file at ``path`` once there is something to write."""
        self.path = path
        self._descriptor: int | None = None
        self._hash = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        """Add ``piece``."""
        with _disk_trouble("fetching an asset"):
            if self._descriptor is None:
                _make_folder(self.path.parent)
                self._descriptor = os.open(self.path, CREATE, 0o600)
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._hash.update(piece)

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was written, in hexadecimal."""
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Give up the place; what was kept of it stays kept."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _unlink(self.path)


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    used_s: float
    size_bytes: int
    path: Path


def _files(folder: Path) -> Iterator[_Entry]:
    """Yield the plain files of a folder which is no link itself."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return
        with os.scandir(folder) as listed:
            entries = list(listed)
    except OSError:
        return
    for entry in entries:
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISREG(facts.st_mode):
            yield _Entry(facts.st_mtime, facts.st_size, Path(entry.path))


def _digest_of(descriptor: int) -> str:
    digest = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    while piece := os.read(descriptor, _PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _link(written: Path, path: Path) -> None:
    """Give a file its second name, unless somebody else's bytes have it by now."""
    try:
        os.link(written, path)
    except FileExistsError:
        with contextlib.suppress(FileNotFoundError):  # it was removed just now: try again
            if not stat.S_ISREG(path.lstat().st_mode):
                raise
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP}:
            raise
        written.replace(path)  # a file system without second names


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; raise ``OSError`` when its name belongs to a link."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for place in (folder, folder.parent):
        if not stat.S_ISDIR(place.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


@contextmanager
def _disk_trouble(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        message = f"The disk refused while {doing}: {reason}. Check the disk that holds DATA_DIR."
        raise PreviewError(ErrorCode.DISK, message) from error
