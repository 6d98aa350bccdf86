"""The seam for those who follow what happens in a queue, whoever makes it happen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

_PLACE = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class QueueEvent:
    """An entry of BullMQ's event stream.

    ``place`` is its id in the stream, ``milliseconds-number``: it says when Redis wrote it, and
    whoever saw it can go on from there.
    """

    place: str
    name: str
    """BullMQ's word for what happened: ``added``, ``active``, ``progress``, ``completed`` …"""
    job_id: str
    fields: Mapping[str, str]

    @property
    def at_ms(self) -> int:
        """When it happened by the clock of Redis, POSIX milliseconds."""
        return int(self.place.partition("-")[0])

    @property
    def reason(self) -> str | None:
        """Why a job failed, where that is what happened."""
        return self.fields.get("failedReason")

    @property
    def result(self) -> str:
        """What a job returned, as JSON, where its completion is what happened; or else nothing."""
        return self.fields.get("returnvalue", "")


def is_place(text: str) -> bool:
    """Tell whether ``text`` is a place in a stream, be there such an entry or not."""
    return _PLACE.fullmatch(text) is not None


def order_of(place: str) -> tuple[int, int]:
    """Return what places are sorted by."""
    milliseconds, _, number = place.partition("-")
    return int(milliseconds), int(number)


class StreamGapError(Exception):
    """Events between the place that was asked for and the oldest one that is kept are gone."""


class EventFeed(Protocol):
    """The events of one queue. Each method may raise ``QueueUnavailableError``."""

    async def newest(self) -> str:
        """Return the place of the newest event; everything after it is still to come."""

    async def after(self, place: str, limit: int) -> tuple[QueueEvent, ...]:
        """Return up to ``limit`` events after ``place``, the oldest first, without waiting.

        Raises ``StreamGapError`` when some of them are gone already, and ``ValueError`` for a text
        that is no place.
        """

    def follow(self, place: str) -> AsyncIterator[QueueEvent]:
        """Yield every event after ``place`` as it happens. It never ends by itself.

        A server that goes away is waited for. Raises ``StreamGapError`` when events were missed.
        """

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
