"""Sharing of scenes: what one worker films every other finds, by way of storage.

All of this only saves time. Where the storage is away, or somebody else's claim cannot be seen,
scenes are filmed here; no job ever fails for it.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preview_worker.artifacts import MOST_SCENE_BYTES
from preview_worker.contract import PreviewError
from preview_worker.render import put_in, take_out

if TYPE_CHECKING:
    from pathlib import Path

    from preview_worker.artifacts import SharedScenes
    from preview_worker.events import Observer
    from preview_worker.queue import Claims

_AT_ONCE = 8
"""Entries that are on their way at the same time, in each direction."""
_FIND_S = 10.0
"""How long an entry may take to come: filming would be about as fast."""
_KEEP_S = 20.0
"""How long an entry may take to go, for that long its claim holds others up."""
_QUIET_S = 10.0
"""How long a storage that failed is not asked again."""
_PARTING_S = 1.0
"""How long a worker that ends waits for what it still sends."""


@dataclass(slots=True)
class Figures:
    """What came of the sharing for one render."""

    found: int = 0
    missed: int = 0
    kept: int = 0
    failed: int = 0
    """Entries that could not be brought or kept though they should have been."""
    received_bytes: int = 0
    sent_bytes: int = 0
    waited_s: float = 0.0
    """Time in which the render had nothing to film, because others filmed it."""


class SceneSharing:
    """What all renders of a worker share scenes by."""

    def __init__(self, scenes: SharedScenes, claims: Claims, observer: Observer) -> None:
        """Share by ``scenes``; ``claims`` tell who films what now."""
        self.claims = claims
        self.observer = observer
        self._scenes = scenes
        self._coming = asyncio.Semaphore(_AT_ONCE)
        self._going = asyncio.Semaphore(_AT_ONCE)
        self._quiet_until_s = -math.inf
        self._windings: set[asyncio.Task[None]] = set()

    async def bring(
        self, folder: Path, key: str, figures: Figures, *, insist: bool = False
    ) -> bool | None:
        """Bring an entry into the cache of a project; tell whether it is there now.

        None says that the storage does not tell, which is not asked again for a moment after it
        failed, unless somebody has to ``insist``.
        """
        async with self._coming:
            if not insist and self._is_quiet:
                return None
            try:
                async with asyncio.timeout(_FIND_S):
                    stored = await self._scenes.find(folder.name, key)
            except (PreviewError, TimeoutError):
                self._note_failure(figures)
                return None
            if stored is None:
                figures.missed += 1
                return False
            if not await asyncio.to_thread(put_in, folder, key, stored):
                return False
        figures.found += 1
        figures.received_bytes += len(stored)
        return True

    async def keep(self, folder: Path, key: str, figures: Figures) -> bool:
        """Give an entry of a project's cache to all workers; tell whether they have it now."""
        async with self._going:
            stored = await asyncio.to_thread(take_out, folder, key, MOST_SCENE_BYTES)
            if stored is None:
                return False
            if self._is_quiet:
                figures.failed += 1
                return False
            try:
                async with asyncio.timeout(_KEEP_S):
                    await self._scenes.keep(folder.name, key, stored)
            except (PreviewError, TimeoutError):
                self._note_failure(figures)
                return False
        figures.kept += 1
        figures.sent_bytes += len(stored)
        return True

    @property
    def _is_quiet(self) -> bool:
        return time.monotonic() < self._quiet_until_s

    def _note_failure(self, figures: Figures) -> None:
        self._quiet_until_s = time.monotonic() + _QUIET_S
        figures.failed += 1

    def wind_up(self, winding: asyncio.Task[None]) -> None:
        """Let ``winding`` go on in the background, until the worker ends."""
        self._windings.add(winding)
        winding.add_done_callback(self._windings.discard)

    async def close(self) -> None:
        """End what still goes on, after a moment, and let go of the claims. Safe to call twice."""
        if self._windings:
            _, slow = await asyncio.wait(self._windings, timeout=_PARTING_S)
            for winding in slow:
                winding.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        await self.claims.close()
