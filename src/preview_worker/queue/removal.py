"""The pause under which a queue is removed: it goes with the queue, or ends when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from preview_worker.queue.controls import QueueControls
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.wire import RedisError


@asynccontextmanager
async def paused_for_removal(controls: QueueControls) -> AsyncIterator[None]:
    """Pause a queue for the block, which removes it; if that fails the pause is as it was before.

    Raises ``QueueUnavailableError`` that says so when the queue cannot be resumed then.
    """
    paused_before = (await controls.counts()).paused
    try:
        await controls.pause()
        yield
    except (Exception, asyncio.CancelledError) as error:
        if not paused_before:
            await _resume(controls, error)
        raise


async def _resume(controls: QueueControls, error: BaseException) -> None:
    try:
        await controls.resume()
    except (QueueUnavailableError, RedisError):
        if isinstance(error, asyncio.CancelledError):
            return
        message = f"{error}; the queue may be paused now, and wants to be resumed later"
        raise QueueUnavailableError(message) from error
