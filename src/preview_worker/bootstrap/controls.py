"""The operator's side: the controls of the queue that the settings name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from preview_worker.queue.controller import BullControls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.queue import QueueControls
    from preview_worker.settings import Settings


@asynccontextmanager
async def open_controls(settings: Settings) -> AsyncIterator[QueueControls]:
    """Yield the controls of the queue of ``settings``."""
    controls = BullControls(settings.queue)
    try:
        yield controls
    finally:
        await controls.close()
