"""Digests of assets: what they are, whatever they are called."""

from __future__ import annotations

import hashlib
import os
from contextlib import AbstractContextManager

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.source import AssetSource
from preview_worker.render.model import PictureRef
from preview_worker.render.soundtrack import SoundRef

_PIECE = 1 << 20


class AssetDigests:
    """Hashes each asset once; call it with a reference.

    It is a source of assets itself, whose pictures stay what they were: scenes are kept under the
    digests of what they show, so nothing else may be painted.
    """

    def __init__(self, source: AssetSource) -> None:
        """Read assets from ``source``."""
        self._source = source
        self._known: dict[tuple[str, ...], str | None] = {}

    def read(self, ref: PictureRef) -> bytes:
        """Return the bytes of a picture; raise ``PreviewError`` (ASSET_CHANGED) if they changed."""
        content = self._source.read(ref)
        found = hashlib.sha256(content).hexdigest()
        if self._known.setdefault((ref.noun, *ref.candidates), found) != found:
            message = f"The picture at {ref.where} was replaced while the preview was rendered."
            raise PreviewError(ErrorCode.ASSET_CHANGED, message)
        return content

    def open(self, ref: SoundRef) -> AbstractContextManager[int]:
        """Open a sound as the source does."""
        return self._source.open(ref)

    def __call__(self, ref: PictureRef | SoundRef) -> str | None:
        """Return the SHA-256 of the asset's bytes in hexadecimal.

        None stands for a sound that is missing, which a render puts up with. Raises
        ``PreviewError`` for everything else that cannot be read.
        """
        key = (ref.noun, *ref.candidates)
        if key not in self._known:
            if isinstance(ref, PictureRef):
                self.read(ref)
            else:
                self._known[key] = self._sound(ref)
        return self._known[key]

    def _sound(self, ref: SoundRef) -> str | None:
        digest = hashlib.sha256()
        try:
            with self._source.open(ref) as descriptor:
                while piece := os.read(descriptor, _PIECE):
                    digest.update(piece)
        except PreviewError as error:
            if error.code is ErrorCode.ASSET_MISSING:
                return None
            raise
        return digest.hexdigest()
