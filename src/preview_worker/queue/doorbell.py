"""Waits until the queue has work, on a connection that does nothing else.

BullMQ puts a member into the sorted set ``marker`` whenever a worker should look: score 0 for a job
that is ready, otherwise the instant at which the next delayed job is due.
"""

from __future__ import annotations

import asyncio
import contextlib

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.wire import RedisError

_UNBLOCK_S = 0.5
"""The answer is there at once, or the server is not."""

READY_MS = 0
"""The due instant of a job that is ready now."""


class Doorbell:
    """One blocking BZPOPMIN that outlives the calls which wait for it.

    A marker that was popped while nobody waited is kept for the next call, so none is lost between
    two leases.
    """

    def __init__(self, link: RedisLink, keys: QueueKeys, block_s: float) -> None:
        """Listen on ``link``, whose reply timeout must be longer than ``block_s``."""
        self._link = link
        self._marker = keys.marker
        self._block_s = block_s
        self._ringing: asyncio.Task[int | None] | None = None

    async def wait(self, timeout_s: float) -> int | None:
        """Return the due instant (ms) of the marker that was popped, or None after the timeout.

        Raises ``QueueUnavailableError`` when the server went away meanwhile.
        """
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._pop())
        done, _ = await asyncio.wait({self._ringing}, timeout=timeout_s)
        if not done:
            return None
        ringing, self._ringing = self._ringing, None
        return ringing.result()

    async def close(self, control: RedisLink) -> bool:
        """Stop listening; True when a marker was popped that nobody has answered yet.

        The server is asked to end the blocking command first: were the socket just closed, a marker
        popped at that moment would be lost, and with it the wake-up of some other worker.
        """
        if self._ringing is None:
            return False
        if not self._ringing.done():
            await self._unblock(control)
        if not self._ringing.done():
            self._ringing.cancel()
        with contextlib.suppress(asyncio.CancelledError, QueueUnavailableError, RedisError):
            return await self._ringing is not None
        return False

    async def _unblock(self, control: RedisLink) -> None:
        number = self._link.client_id
        if number is None or self._ringing is None:
            return
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await control.call("CLIENT", "UNBLOCK", number)
            await asyncio.wait({self._ringing}, timeout=_UNBLOCK_S)

    async def _pop(self) -> int | None:
        reply = await self._link.call("BZPOPMIN", self._marker, self._block_s)
        match reply:
            case [_, _, bytes(score)]:
                return int(float(score))
            case _:
                return None
