"""Digests of assets: what they are, whatever they are called."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.source import AssetSource
from preview_worker.render.model import PictureRef
from preview_worker.render.soundtrack import SoundRef

_PIECE = 1 << 20
_TICK_NS = 50_000_000
"""A file system's clock stands still for some milliseconds, in which a change leaves no trace."""
Trace = tuple[int, ...]
"""What changes when a file does: its identity, its size and its times."""


class AssetDigests:
    """Hashes each asset once; call it with a reference.

    It is a source of assets itself, whose assets stay what they were: scenes and sound tracks are
    kept under the digests of what went into them, so nothing else may.
    """

    def __init__(self, source: AssetSource) -> None:
        """Read assets from ``source``."""
        self._source = source
        self._known: dict[tuple[str, ...], str | None] = {}
        self._traces: dict[tuple[str, ...], Trace | None] = {}

    def read(self, ref: PictureRef) -> bytes:
        """Return the bytes of a picture; raise ``PreviewError`` (ASSET_CHANGED) if they changed."""
        content = self._source.read(ref)
        self._compare(ref, hashlib.sha256(content).hexdigest())
        return content

    @contextmanager
    def open(self, ref: SoundRef) -> Iterator[int]:
        """Open a sound as the source does; raise ``PreviewError`` (ASSET_CHANGED) if it changed.

        A sound that is known is hashed again only if its file shows traces of a change. Whoever is
        done with it asks ``confirm`` whether it was the same to the end.
        """
        with self._source.open(ref) as descriptor:
            self._hash(descriptor, ref)
            yield descriptor

    def confirm(self, ref: SoundRef) -> None:
        """Raise ``PreviewError`` (ASSET_CHANGED) unless the sound is, or is missing, as before."""
        key = _key(ref)
        try:
            with self.open(ref):
                pass
        except PreviewError as error:
            if error.code is not ErrorCode.ASSET_MISSING or self._known.get(key):
                raise _changed(ref) from error

    def __call__(self, ref: PictureRef | SoundRef) -> str | None:
        """Return the SHA-256 of the asset's bytes in hexadecimal.

        None stands for a sound that is missing, which a render puts up with. Raises
        ``PreviewError`` for everything else that cannot be read.
        """
        key = _key(ref)
        if key not in self._known:
            if isinstance(ref, PictureRef):
                self.read(ref)
            else:
                self._find(ref)
        return self._known[key]

    def _find(self, ref: SoundRef) -> None:
        try:
            with self.open(ref):
                pass
        except PreviewError as error:
            if error.code is not ErrorCode.ASSET_MISSING:
                raise
            self._known[_key(ref)] = None

    def _hash(self, descriptor: int, ref: SoundRef) -> None:
        key, trace = _key(ref), _trace(descriptor)
        if self._known.get(key) and trace == self._traces.get(key):
            return
        digest = hashlib.sha256()
        os.lseek(descriptor, 0, os.SEEK_SET)
        while piece := os.read(descriptor, _PIECE):
            digest.update(piece)
        os.lseek(descriptor, 0, os.SEEK_SET)
        self._compare(ref, digest.hexdigest())
        fresh = time.time_ns() - max(trace[-2:]) < _TICK_NS
        self._traces[key] = None if fresh or trace != _trace(descriptor) else trace

    def _compare(self, ref: PictureRef | SoundRef, found: str) -> None:
        if self._known.setdefault(_key(ref), found) != found:
            raise _changed(ref)


def _key(ref: PictureRef | SoundRef) -> tuple[str, ...]:
    return (ref.noun, *ref.candidates)


def _trace(descriptor: int) -> Trace:
    facts = os.fstat(descriptor)
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _changed(ref: PictureRef | SoundRef) -> PreviewError:
    message = f"The {ref.noun} at {ref.where} was replaced while the preview was rendered."
    return PreviewError(ErrorCode.ASSET_CHANGED, message)
