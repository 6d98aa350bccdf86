"""The operator's side: the controls of the queue that the settings name, and who is told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from preview_worker.bootstrap.auditing import open_audit
from preview_worker.bootstrap.testimony import ToldControls
from preview_worker.queue.controller import BullControls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.queue import QueueControls
    from preview_worker.settings import Settings


@asynccontextmanager
async def open_controls(settings: Settings) -> AsyncIterator[QueueControls]:
    """Yield the controls of the queue of ``settings``; what is done with them is recorded."""
    controls = BullControls(settings.queue)
    try:
        async with open_audit(settings) as observer:
            yield ToldControls(controls, settings.preview_queue_name, observer)
    finally:
        await controls.close()
