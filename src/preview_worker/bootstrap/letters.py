"""The dead letters of the queue that the settings name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from preview_worker.queue.dead_queue import BullDeadLetters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.queue import DeadLetters
    from preview_worker.settings import Settings


@asynccontextmanager
async def open_dead_letters(settings: Settings) -> AsyncIterator[DeadLetters]:
    """Yield the dead letters of the queue of ``settings``."""
    letters = BullDeadLetters(settings.queue)
    try:
        yield letters
    finally:
        await letters.close()
