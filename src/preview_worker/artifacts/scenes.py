"""The seam between workers and whatever keeps the scenes that all of them share."""

from __future__ import annotations

from typing import Protocol

MOST_SCENE_BYTES = 16 * 1024 * 1024
"""A larger entry stays with the worker that made it."""


class SharedScenes(Protocol):
    """Entries of the caches of scenes, by project and key. All may raise ``PreviewError``.

    What an entry holds is the renderer's business. One that stands there never becomes another.
    """

    async def find(self, project: str, key: str) -> bytes | None:
        """Return an entry; None when there is none, or it is larger than any may be."""

    async def keep(self, project: str, key: str, stored: bytes) -> None:
        """Keep an entry for all workers, in place of the same one if it is there."""
