"""Waits until the queue has work, on a connection that does nothing else.

BullMQ puts a member into the sorted set ``marker`` whenever a worker should look: score 0 for a job
that is ready, otherwise the instant at which the next delayed job is due.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import NamedTuple

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.wire import RedisError

_UNBLOCK_S = 0.5
"""The answer is there at once, or the server is not."""


class Marker(NamedTuple):
    """A popped marker: which one, and when its job is due (POSIX milliseconds; 0 for now)."""

    member: bytes
    due_ms: int


class Doorbell:
    """One blocking BZPOPMIN that outlives the calls which wait for it.

    Each marker wakes one worker only. One that is popped while nobody waits here, since all slots
    are taken or the worker stops, is put back for some other worker.
    """

    def __init__(
        self, link: RedisLink, control: RedisLink, keys: QueueKeys, block_s: float
    ) -> None:
        """Listen on ``link``, whose reply timeout must be longer than ``block_s``.

        ``control`` is another link, for what has to be said while that one is blocked.
        """
        self._link = link
        self._control = control
        self._marker = keys.marker
        self._block_s = block_s
        self._ringing: asyncio.Task[Marker | None] | None = None
        self._attended = False
        self._returns: set[asyncio.Task[None]] = set()

    async def wait(self, timeout_s: float) -> int | None:
        """Return the due instant (ms) of the marker that was popped, or None after the timeout.

        Raises ``QueueUnavailableError`` when the server went away meanwhile.
        """
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._pop())
            self._ringing.add_done_callback(self._answer_unattended)
        ringing = self._ringing
        self._attended = True
        try:
            done, _ = await asyncio.wait({ringing}, timeout=timeout_s)
        except asyncio.CancelledError:
            self._attended = False
            if ringing.done():  # it was answered in the very turn in which we were cancelled
                self._answer_unattended(ringing)
            raise
        self._attended = False
        if not done:
            return None
        self._ringing = None
        marker = ringing.result()
        return None if marker is None else marker.due_ms

    async def close(self) -> None:
        """Stop listening, and put back the marker that may have been popped on the way.

        The server is asked to end the blocking command first: were the socket just closed, a marker
        popped at that moment would be lost, and with it the wake-up of some other worker.
        """
        if self._ringing is not None:
            ringing = self._ringing
            await self._unblock(ringing)
            ringing.cancel()
            await asyncio.wait({ringing})
        if self._returns:
            await asyncio.wait(set(self._returns))

    async def _pop(self) -> Marker | None:
        match await self._link.call("BZPOPMIN", self._marker, self._block_s):
            case [_, bytes(member), bytes(score)]:
                return Marker(member, int(float(score)))
            case _:
                return None

    def _answer_unattended(self, ringing: asyncio.Task[Marker | None]) -> None:
        if self._attended or self._ringing is not ringing:
            return
        self._ringing = None
        if ringing.cancelled() or ringing.exception() is not None:
            return  # the next one who waits will see for himself
        marker = ringing.result()
        if marker is not None:
            task = asyncio.create_task(self._put_back(marker))
            self._returns.add(task)
            task.add_done_callback(self._returns.discard)

    async def _put_back(self, marker: Marker) -> None:
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await self._control.call("ZADD", self._marker, marker.due_ms, marker.member)

    async def _unblock(self, ringing: asyncio.Task[Marker | None]) -> None:
        number = self._link.client_id
        if number is None or ringing.done():
            return
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await self._control.call("CLIENT", "UNBLOCK", number)
            await asyncio.wait({ringing}, timeout=_UNBLOCK_S)
