"""Assets as files beneath the asset roots, and nowhere else.

A name is walked one folder at a time from an open root, with no symbolic link followed, so that
nothing a payload says and nothing that changes meanwhile can lead outside.
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
from preview_worker.render.settings import RenderSettings
from preview_worker.render.soundtrack import SoundRef

AssetRef = PictureRef | SoundRef
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:")
_STEP = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _STEP | getattr(os, "O_DIRECTORY", 0)
_FILE = _STEP | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
SHOWN_CHARS = 120


class FileAssets:
    """Reads pictures and sounds from the asset roots of ``settings``."""

    def __init__(self, settings: RenderSettings) -> None:
        """Take the roots as they really are, should one itself be a link."""
        self._roots = tuple(root.resolve() for root in settings.asset_roots)
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
        raise refusal or _missing(ref, rooted=bool(self._roots))

    def _found(self, name: str, ref: AssetRef) -> int | None:
        for root, parts in self._places(name, ref):
            if (descriptor := _walk(root, parts, name, ref)) is not None:
                return descriptor
        return None

    def _places(self, name: str, ref: AssetRef) -> list[tuple[Path, tuple[str, ...]]]:
        where = ref.where
        if _ADDRESS.match(name) or name.startswith("//"):
            message = (
                f"{where} is the address {name[:SHOWN_CHARS]!r}. Only files under the asset roots "
                f"can be used; put the {ref.noun} there and give its path."
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
        if size > (most := self._max_bytes[ref.noun]):
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
        descriptor = os.open(parts[-1] if parts else ".", _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in _ABSENT and not _is_link(parts, held):
            return None
        raise _unfollowed(name, ref) from None
    finally:
        for one in held:
            os.close(one)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unfollowed(name, ref)
    return descriptor


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
        f"{ref.where} cannot be followed: {name[:SHOWN_CHARS]!r} is no plain, readable file, or a "
        f"symbolic link leads to it. Copy the {ref.noun} itself under an asset root."
    )
    return PreviewError(ErrorCode.ASSET_REF, message)
