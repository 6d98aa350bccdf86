"""Where the bytes of an asset come from, as a port: files today, whatever else may join."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from preview_worker.render.model import PictureRef
from preview_worker.render.soundtrack import SoundRef


class AssetSource(Protocol):
    """Somebody who can read what a payload refers to.

    Both ways raise ``PreviewError`` with one of the asset codes when it may not or cannot be read.
    """

    def read(self, ref: PictureRef) -> bytes:
        """Return the bytes behind ``ref``."""

    def open(self, ref: SoundRef) -> AbstractContextManager[int]:
        """Open what is behind ``ref`` for as long as the context lasts; return a descriptor."""
