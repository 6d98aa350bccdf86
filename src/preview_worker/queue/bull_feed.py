"""Follows the event stream of a queue in Redis from any place in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from preview_worker.queue.bullmq import client_name
from preview_worker.queue.feed import QueueEvent, StreamGapError, is_place, order_of
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.watcher import Event, stream_entries
from preview_worker.queue.wire import Reply

_START = "0-0"
_BATCH = 500
_PAUSE_S = 0.2


class BullFeed:
    """``EventFeed`` over one connection, and one more for each that follows."""

    def __init__(self, settings: QueueSettings) -> None:
        """Follow the queue of ``settings``; connects nowhere yet."""
        self._settings = settings
        self._stream = QueueKeys(settings.prefix, settings.queue_name).events
        self._name = f"{client_name(settings)}:feed"
        self._link = RedisLink(settings, client_name=self._name)

    async def newest(self) -> str:
        """Return the place of the newest event."""
        reply = await self._link.call("XREVRANGE", self._stream, "+", "-", "COUNT", 1)
        return _first_place(reply) or _START

    async def after(self, place: str, limit: int) -> tuple[QueueEvent, ...]:
        """Return up to ``limit`` events after ``place``, the oldest first."""
        await self._check(self._link, place)
        reply = await self._link.call("XREAD", "COUNT", limit, "STREAMS", self._stream, place)
        return _events(reply)

    async def follow(self, place: str) -> AsyncIterator[QueueEvent]:
        """Yield every event after ``place`` as it happens."""
        patience_s = self._settings.block_s
        link = RedisLink(self._settings, client_name=self._name, patience_s=patience_s)
        block_ms = round(patience_s * 1000)
        connections = -1
        try:
            while True:
                try:
                    if connections != link.connections:  # events may have gone while we were away
                        await self._check(link, place)
                        connections = link.connections
                    reply = await link.call(
                        "XREAD", "COUNT", _BATCH, "BLOCK", block_ms, "STREAMS", self._stream, place
                    )
                except QueueUnavailableError:
                    await asyncio.sleep(_PAUSE_S)
                    continue
                for event in _events(reply):
                    place = event.place
                    yield event
        finally:
            await link.close()

    async def close(self) -> None:
        """Close the connection. Safe to call twice."""
        await self._link.close()

    async def _check(self, link: RedisLink, place: str) -> None:
        """Raise ``StreamGapError`` unless nothing after ``place`` has been trimmed away.

        The stream's first entry tells: what was trimmed is older than it. A stream whose newest
        entry is older than ``place`` is another one than we knew.
        """
        if not is_place(place):
            message = f"{place[:40]!r} is no place in a stream"
            raise ValueError(message)
        oldest, newest, exact = await link.call_together(
            [
                ("XRANGE", self._stream, "-", "+", "COUNT", 1),
                ("XREVRANGE", self._stream, "+", "-", "COUNT", 1),
                ("XRANGE", self._stream, place, place),
            ]
        )
        first, last = _first_place(oldest), _first_place(newest)
        if place == _START or exact:
            return
        if first is None or last is None:
            message = f"events after {place} are gone with all others"
            raise StreamGapError(message)
        if not order_of(first) <= order_of(place) <= order_of(last):
            message = f"events after {place} are gone; the oldest that is kept is {first}"
            raise StreamGapError(message)


def _events(reply: Reply) -> tuple[QueueEvent, ...]:
    return tuple(_event(place, fields) for place, fields in stream_entries(reply))


def _event(place: bytes, fields: Event) -> QueueEvent:
    texts = {
        name.decode(errors="replace"): value.decode(errors="replace")
        for name, value in fields.items()
    }
    return QueueEvent(
        place=place.decode(),
        name=texts.pop("event", ""),
        job_id=texts.pop("jobId", ""),
        fields=texts,
    )


def _first_place(reply: Reply) -> str | None:
    entry = reply[0] if isinstance(reply, list) and reply else None
    place = entry[0] if isinstance(entry, list) and entry else None
    return place.decode() if isinstance(place, bytes) else None
