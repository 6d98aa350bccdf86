"""Where the bytes of a picture come from, as a port: files today, whatever else may join."""

from __future__ import annotations

from typing import Protocol

from preview_worker.render.model import PictureRef


class AssetSource(Protocol):
    """Somebody who can read what a payload refers to."""

    def read(self, ref: PictureRef) -> bytes:
        """Return the bytes behind ``ref``.

        Raises ``PreviewError`` with one of the asset codes when they may not or cannot be read.
        """
