"""Where attempts render before anybody may look: private folders, and who owns them.

``<data>/.staging/<host>-<pid>-<random>/`` belongs to one worker process, which holds a lock on the
file ``owner`` in it for as long as it lives. The kernel lets go of the lock when the process dies,
however it dies, so a lock that can be had means that nobody needs the folder any more.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from preview_worker.artifacts.disk import make_folder, remove_entry
from preview_worker.artifacts.turns import try_lock

_LOCK_NAME = "owner"
_OWNER = re.compile(r"([0-9a-f]{8})-[0-9]+-[0-9a-f]{16}")
_SUPERSEDED = ".superseded"
"""Ends the name of a preview that was replaced and may be read still."""
_ENOUGH = 200
"""After so many folders a sweep leaves the rest to the next."""
_UNBORN_S = 10.0
"""An owner folder this young may not have its lock yet."""


class StagingArea:
    """Hands out private folders under ``root`` and clears away those of dead workers."""

    def __init__(self, root: Path, stale_after_s: float) -> None:
        """Work under ``root``; ``stale_after_s`` serves where a lock cannot tell the dead."""
        self._root = root
        self._stale_after_s = stale_after_s
        self._own: Path | None = None
        self._lock: int | None = None
        self._claiming = threading.Lock()

    def open(self, label: str) -> Path:
        """Make an empty folder whose name begins with ``label``."""
        name = f"{label}.{secrets.token_hex(4)}"
        folder = self._claim() / name
        try:
            folder.mkdir()
        except FileNotFoundError:
            # Somebody cleared the staging area by hand; a new place is as good as the old one.
            self.close()
            folder = self._claim() / name
            folder.mkdir()
        folder.chmod(0o700)
        return folder

    def set_aside(self, folder: Path) -> None:
        """Keep a folder of ours for those who have it open, until ``expire`` removes it."""
        aside = folder.with_name(f"{folder.name}{_SUPERSEDED}")
        folder.rename(aside)
        os.utime(aside)

    def expire(self, kept_s: float) -> int:
        """Remove what we set aside more than ``kept_s`` ago; return how many folders that were."""
        own = self._own
        removed = 0
        for folder in [] if own is None else _folders(own):
            if folder.name.endswith(_SUPERSEDED) and _age_s(folder) > kept_s:
                remove_entry(folder)
                removed += 1
        return removed

    def trash(self) -> Path:
        """Return a free path in our own folder, for what is about to be removed."""
        return self._claim() / f"{secrets.token_hex(8)}.trash"

    def labels(self) -> set[str]:
        """Return the labels of all folders that any worker has opened."""
        owners = [one for one in _folders(self._root) if _OWNER.fullmatch(one.name)]
        return {folder.name.rpartition(".")[0] for owner in owners for folder in _folders(owner)}

    def close(self) -> None:
        """Give up our own folder with all it holds. Safe to call twice."""
        with self._claiming:
            if self._own is not None:
                remove_entry(self._own)
            if self._lock is not None:
                os.close(self._lock)
            self._own = self._lock = None

    def sweep(self, salvage: Callable[[Path], None]) -> int:
        """Remove what dead workers left, after ``salvage`` saw each of their folders.

        Returns how many folders were removed. Links are never followed, and what the disk refuses
        to give up now is left for the next sweep.
        """
        removed = 0
        for owner in self._others():
            with _OwnerLock(owner / _LOCK_NAME) as lock:
                if not self._is_abandoned(owner, taken=lock.taken):
                    continue
                removed += _clear(owner, salvage)
            if removed >= _ENOUGH:
                break
        return removed

    def _claim(self) -> Path:
        with self._claiming:
            if self._own is None:
                make_folder(self._root)
                own = self._root / f"{_host()}-{os.getpid()}-{secrets.token_hex(8)}"
                own.mkdir()
                own.chmod(0o700)
                self._lock = _open_lock(own / _LOCK_NAME)
                try_lock(self._lock)
                self._own = own
            return self._own

    def _others(self) -> Iterator[Path]:
        for folder in _folders(self._root):
            if _OWNER.fullmatch(folder.name) and folder != self._own:
                yield folder

    def _is_abandoned(self, owner: Path, *, taken: bool | None) -> bool:
        if taken is False:
            return False
        age_s = time.time() - _newest_change(owner)
        # A lock may not reach over a network share, so only our own host is trusted at once.
        trusted = taken is True and owner.name.startswith(f"{_host()}-")
        return age_s > (_UNBORN_S if trusted else self._stale_after_s)


class _OwnerLock:
    """Tries to hold another owner's lock: ``taken`` is None when the system cannot tell."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.taken: bool | None = None

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            self.taken = True  # it died before it had a lock
        except OSError:
            self.taken = None
        else:
            self.taken = try_lock(self._descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _clear(owner: Path, salvage: Callable[[Path], None]) -> int:
    """Remove an owner's folder unless something in it could not be salvaged."""
    folders = _folders(owner)
    try:
        for folder in folders:
            salvage(folder)
    except OSError:
        return 0
    remove_entry(owner)
    return len(folders)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)


def _folders(parent: Path) -> list[Path]:
    """List the folders in ``parent``, links to folders not among them."""
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _age_s(folder: Path) -> float:
    try:
        return time.time() - folder.lstat().st_mtime
    except OSError:
        return 0.0


def _newest_change(owner: Path) -> float:
    """Return when the folder or anything directly in it changed last, in POSIX seconds."""
    newest = 0.0
    for path in (owner, *_folders(owner)):
        try:
            status = path.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            newest = max(newest, status.st_mtime)
    return newest


def _host() -> str:
    """Return eight characters that name this start of this machine."""
    try:
        name = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        name = platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:8]
