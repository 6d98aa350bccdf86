"""Digests of assets: what they are, whatever they are called."""

from __future__ import annotations

import hashlib
import os

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render.assets.source import AssetSource
from preview_worker.render.model import PictureRef
from preview_worker.render.soundtrack import SoundRef

_PIECE = 1 << 20


class AssetDigests:
    """Hashes each asset once; call it with a reference."""

    def __init__(self, source: AssetSource) -> None:
        """Read assets from ``source``."""
        self._source = source
        self._known: dict[tuple[str, ...], str | None] = {}

    def __call__(self, ref: PictureRef | SoundRef) -> str | None:
        """Return the SHA-256 of the asset's bytes in hexadecimal.

        None stands for a sound that is missing, which a render puts up with. Raises
        ``PreviewError`` for everything else that cannot be read.
        """
        key = (ref.noun, *ref.candidates)
        if key not in self._known:
            self._known[key] = self._sound(ref) if isinstance(ref, SoundRef) else self._picture(ref)
        return self._known[key]

    def _picture(self, ref: PictureRef) -> str:
        return hashlib.sha256(self._source.read(ref)).hexdigest()

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
