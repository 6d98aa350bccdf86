"""Assets as files: beneath the asset roots, or where they were fetched to, and nowhere else.

A name is walked one folder at a time from an open root: each step is opened relative to the folder
before it, none may be a symbolic link, and none is "..". So nothing a payload says and nothing that
changes meanwhile can lead outside. It is what ``openat2`` promises with RESOLVE_BENEATH and
RESOLVE_NO_SYMLINKS, without asking for Linux. What the name leads to must be a plain file with no
second name, for that may be the name of a file outside; it is looked at before it is opened, since
opening is all that some devices wait for, and again afterwards, since it may have been exchanged.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.model import PictureRef
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings
from preview_worker.render.soundtrack import SoundRef

AssetRef = PictureRef | SoundRef
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_STEP = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _STEP | getattr(os, "O_DIRECTORY", 0)
_FILE = _STEP | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_HTTPS = "https:"
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
SHOWN_CHARS = 120


class FileAssets:
    """Reads pictures and sounds from the asset roots of ``settings``, and those ``fetched``."""

    def __init__(self, settings: RenderSettings, fetched: Fetched = NOTHING_FETCHED) -> None:
        """Take the roots as they really are, should one itself be a link."""
        self._fetched = fetched
        self._roots = tuple(root.resolve() for root in settings.asset_roots)
        self._store = settings.asset_store
        self._max_bytes = {
            PictureRef.noun: settings.max_asset_bytes,
            SoundRef.noun: settings.max_sound_bytes,
        }

    def read(self, ref: AssetRef) -> bytes:
        """Return the bytes of the first candidate of ``ref`` that exists."""
        with self._opened(ref) as descriptor:
            return self._bytes(descriptor, ref)

    @contextmanager
    def open(self, ref: AssetRef) -> Iterator[int]:
        """Open the first candidate of ``ref`` that exists, no larger than it may be, to be read."""
        with self._opened(ref) as descriptor:
            self._check_size(os.fstat(descriptor).st_size, ref)
            yield descriptor

    def check(self, ref: AssetRef) -> None:
        """Raise what ``read`` would raise, without reading."""
        with self._opened(ref) as descriptor:
            self._check_size(os.fstat(descriptor).st_size, ref)

    def addresses(self, ref: AssetRef) -> tuple[str, ...]:
        """Return the addresses of ``ref`` that are tried before any file that is here.

        They are of https, or in the asset store, where a name may be that no root has.
        """
        found: list[str] = []
        for name in ref.candidates:
            if name[: len(_HTTPS)].lower() == _HTTPS or self._is_stored(name):
                found.append(name)
                continue
            try:
                descriptor = self._found(name, ref)
            except PreviewError:
                continue
            if descriptor is not None:
                os.close(descriptor)
                break
            if (stored := self._stored(name)) is not None:
                found.append(stored)
        return tuple(found)

    def max_bytes(self, ref: AssetRef) -> int:
        """Return how many bytes the asset behind ``ref`` may have."""
        return self._max_bytes[ref.noun]

    @contextmanager
    def _opened(self, ref: AssetRef) -> Iterator[int]:
        refusal: PreviewError | None = None
        for name in ref.candidates:
            try:
                descriptor = self._found(name, ref)
            except PreviewError as error:
                refusal = refusal or error
                continue
            if descriptor is not None:
                try:
                    yield descriptor
                finally:
                    os.close(descriptor)
                return
        raise refusal or _missing(ref, rooted=bool(self._roots or self._store))

    def _found(self, name: str, ref: AssetRef) -> int | None:
        if (fetched := self._fetched.get(name)) is not None:
            return _brought(fetched, ref)
        for root, parts in self._places(name, ref):
            if (descriptor := _walk(root, parts, name, ref)) is not None:
                return descriptor
        stored = self._fetched.get(self._stored(name) or "")
        absent = isinstance(stored, PreviewError) and stored.code is ErrorCode.ASSET_MISSING
        return None if stored is None or absent else _brought(stored, ref)

    def _is_stored(self, name: str) -> bool:
        return bool(self._store) and name.startswith(f"{self._store}/")

    def _stored(self, name: str) -> str | None:
        """Return where a name, which was found to be harmless, would be in the asset store."""
        if not self._store:
            return None
        path = PurePath(name)
        if path.is_absolute():
            path = next(path.relative_to(root) for root in self._roots if path.is_relative_to(root))
        return "/".join((self._store, *path.parts)) if path.parts else None

    def _places(self, name: str, ref: AssetRef) -> list[tuple[Path, tuple[str, ...]]]:
        where = ref.where
        if _ADDRESS.match(name) or name.startswith("//"):
            plain = re.split(r"[?#]", name, maxsplit=1)[0]  # the rest may be a secret
            message = (
                f"{where} is the address {plain[:SHOWN_CHARS]!r}. Only files under the asset roots "
                "can be used, and https addresses where the operator allows their hosts; put the "
                f"{ref.noun} under an asset root and give its path."
            )
            raise PreviewError(ErrorCode.ASSET_FORBIDDEN, message)
        if "\0" in name or ".." in PurePath(name).parts:
            message = (
                f"{where} cannot be followed: {name[:SHOWN_CHARS]!r} holds '..' or a NUL. "
                "Give a path below an asset root."
            )
            raise PreviewError(ErrorCode.ASSET_REF, message)
        if not PurePath(name).is_absolute():
            return [(root, PurePath(name).parts) for root in self._roots]
        places = [
            (root, PurePath(name).relative_to(root).parts)
            for root in self._roots
            if PurePath(name).is_relative_to(root)
        ]
        if not places:
            message = (
                f"{where} lies outside the asset roots: {name[:SHOWN_CHARS]!r}. "
                f"Put the {ref.noun} under an asset root and give its path there."
            )
            raise PreviewError(ErrorCode.ASSET_FORBIDDEN, message)
        return places

    def _check_size(self, size: int, ref: AssetRef) -> None:
        if size > (most := self.max_bytes(ref)):
            message = (
                f"The {ref.noun} at {ref.where} has {size} bytes; at most {most} are read. "
                "Save it smaller."
            )
            raise PreviewError(ErrorCode.ASSET_SIZE, message)

    def _bytes(self, descriptor: int, ref: AssetRef) -> bytes:
        self._check_size(os.fstat(descriptor).st_size, ref)
        pieces, size = [], 0
        while piece := os.read(descriptor, 1 << 20):
            size += len(piece)
            self._check_size(size, ref)
            pieces.append(piece)
        return b"".join(pieces)


def _missing(ref: AssetRef, *, rooted: bool) -> PreviewError:
    names = ", ".join(repr(name[:SHOWN_CHARS]) for name in ref.candidates) or "no name is given"
    advice = (
        "check the name, which is relative to an asset root"
        if rooted
        else "this worker has no asset root; configure one"
    )
    message = f"The {ref.noun} at {ref.where} does not exist ({names}); {advice}."
    return PreviewError(ErrorCode.ASSET_MISSING, message)


def _walk(root: Path, parts: tuple[str, ...], name: str, ref: AssetRef) -> int | None:
    """Open ``parts`` beneath ``root``; None where nothing is there."""
    held: list[int] = []
    try:
        folder: int | None = None
        for step in (str(root), *parts[:-1]):
            folder = os.open(step, _FOLDER, dir_fd=folder)
            held.append(folder)
        last = parts[-1] if parts else "."
        if not _is_plain(os.stat(last, dir_fd=folder, follow_symlinks=False)):
            raise _unfollowed(name, ref)
        descriptor = os.open(last, _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in _ABSENT and not _is_link(parts, held):
            return None
        raise _unfollowed(name, ref) from None
    finally:
        for one in held:
            os.close(one)
    if not _is_plain(os.fstat(descriptor)):
        os.close(descriptor)
        raise _unfollowed(name, ref)
    return descriptor


def _is_plain(facts: os.stat_result) -> bool:
    return stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1


def _brought(fetched: Path | PreviewError, ref: AssetRef) -> int:
    """Open what was fetched for this job; raise why it was not."""
    if isinstance(fetched, PreviewError):
        raise PreviewError(fetched.code, f"{ref.where}: {fetched.message}")
    try:
        descriptor = os.open(fetched, _FILE)
    except OSError as error:
        message = f"The {ref.noun} at {ref.where} was fetched, but it is not there any more."
        raise PreviewError(ErrorCode.ASSET_CHANGED, message) from error
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise _unfollowed(fetched.name, ref)


def _is_link(parts: tuple[str, ...], held: list[int]) -> bool:
    """Tell whether the step that failed is a link: opening one as a folder says ENOTDIR."""
    if not held or len(held) > len(parts):
        return False
    try:
        mode = os.lstat(parts[len(held) - 1], dir_fd=held[-1]).st_mode
    except OSError:
        return False
    return stat.S_ISLNK(mode)


def _unfollowed(name: str, ref: AssetRef) -> PreviewError:
    message = (
        f"{ref.where} cannot be followed: {name[:SHOWN_CHARS]!r} is no plain, readable file with "
        f"one name, or a symbolic link leads to it. Copy the {ref.noun} itself under an asset root."
    )
    return PreviewError(ErrorCode.ASSET_REF, message)
