"""Puts into an outbox what happened to jobs, whoever worked on them, and misses none of it.

It follows the queue's own stream of events. Its place in it moves on together with what it puts
into the box, so a process that dies between two events leaves nothing out. When the stream no
longer reaches back to the place, the jobs themselves tell how they ended.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from preview_worker.contract import PART_NAME, is_part_id, is_part_result
from preview_worker.queue import (
    EventFeed,
    JobCatalogue,
    JobRecord,
    JobState,
    Outbox,
    Parcel,
    QueueEvent,
    QueueUnavailableError,
    StreamGapError,
    order_of,
)

_TYPES = {JobState.COMPLETED: "preview.completed", JobState.FAILED: "preview.failed"}
_ENDS = {"completed": JobState.COMPLETED, "failed": JobState.FAILED}
"""BullMQ's events that say that a job has ended; those of attempts have other names."""
_STEP = 500
"""Events without an ending after which the place is moved on all the same."""
_READ_AT_ONCE = 100
_PAUSE_S = 0.5
_DOUBT_MS = 60_000
"""Workers' clocks may be wrong by so much when it is only known when a job ended."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A job reached a final state at that moment. ``record`` is None for a job that is gone."""

    job_id: str
    state: JobState
    at_ms: int
    reason: str | None
    record: JobRecord | None


Describe = Callable[[Ending], Mapping[str, object]]
"""Returns what is told of an ending."""


class Collector:
    """Fills one outbox. Other processes may fill it as well."""

    def __init__(
        self,
        outbox: Outbox,
        feed: EventFeed,
        catalogue: JobCatalogue,
        describe: Describe,
        horizon_s: float,
    ) -> None:
        """Put in what ``describe`` tells; nothing that is older than ``horizon_s``."""
        self._outbox = outbox
        self._feed = feed
        self._catalogue = catalogue
        self._describe = describe
        self._horizon_ms = round(horizon_s * 1000)

    async def run(self, nudge: Callable[[], None]) -> None:
        """Fill the box for ever; call ``nudge`` whenever something was put in."""
        while True:
            try:
                place = await self._outbox.begin(await self._feed.newest())
                try:
                    await self._follow(place, nudge)
                except StreamGapError:
                    await self._look_around(place)
                    nudge()
            except QueueUnavailableError:
                await asyncio.sleep(_PAUSE_S)

    async def _follow(self, place: str, nudge: Callable[[], None]) -> None:
        """Take events from ``place`` on; return when they have to be taken from elsewhere."""
        kept, passed = place, 0
        async for event in self._feed.follow(place):
            if order_of(event.place) <= order_of(kept):
                continue
            passed += 1
            parcels = await self._parcels_of(event) if event.name in _ENDS else []
            if not parcels and passed < _STEP:
                continue
            moved = await self._move(parcels, kept, event.place)
            if moved is None:
                return
            if parcels and moved == event.place:
                nudge()
            kept, passed = moved, 0

    async def _move(self, parcels: list[Parcel], kept: str, place: str) -> str | None:
        """Move on from ``kept`` to ``place``; return how far the box is then.

        Others who do the same may be behind us, who saw that nothing else ended on the way, or
        ahead. None when the box was set back, and everything has to be followed anew.
        """
        while not await self._outbox.put(parcels, kept, place):
            found = await self._outbox.begin(place)
            if order_of(found) >= order_of(place):
                return found
            if order_of(found) <= order_of(kept):
                return None
            kept = found
        return place

    async def _look_around(self, place: str) -> None:
        """Put in every job that ended since ``place``; those that are in the box stay there once.

        What was delivered already is delivered again, under the same id.
        """
        now = await self._feed.newest()
        since_ms = max(_at_ms(place) - _DOUBT_MS, _at_ms(now) - self._horizon_ms)
        states = await self._catalogue.states()
        ended = [job_id for job_id, state in states.items() if state in _TYPES]
        parcels: list[Parcel] = []
        for first in range(0, len(ended), _READ_AT_ONCE):
            found = await self._catalogue.find(ended[first : first + _READ_AT_ONCE])
            parcels += [
                self._parcel(_ending_of(record))
                for record in found.values()
                if record.status.state in _TYPES
                and _is_whole(record)
                and (record.status.finished_on_ms or 0) >= since_ms
            ]
        await self._outbox.put(parcels, place, now)

    async def _parcels_of(self, event: QueueEvent) -> list[Parcel]:
        state = _ENDS[event.name]
        record = (await self._catalogue.find([event.job_id])).get(event.job_id)
        if record is not None and not _is_whole(record):
            return []
        if record is not None and record.status.state is state:
            return [self._parcel(_ending_of(record))]
        # It is gone, or runs again by now: the event is all that tells of this ending.
        if is_part_result(event.result) or is_part_id(event.job_id):
            return []
        return [self._parcel(Ending(event.job_id, state, event.at_ms, event.reason, None))]

    def _parcel(self, ending: Ending) -> Parcel:
        at = datetime.fromtimestamp(ending.at_ms / 1000, UTC)
        document = {
            "type": _TYPES[ending.state],
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": self._describe(ending),
        }
        content = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return Parcel(_parcel_id(ending), content.encode(errors="replace"))


def _is_whole(record: JobRecord) -> bool:
    """Tell whether a job is for a preview; of the parts of one nobody is told."""
    return record.status.name != PART_NAME


def _ending_of(record: JobRecord) -> Ending:
    status = record.status
    at_ms = status.finished_on_ms or 0
    return Ending(status.id, status.state, at_ms, status.failed_reason, record)


def _parcel_id(ending: Ending) -> str:
    """Name an ending: the same at every look, another when the job runs and ends once more."""
    named = f"{ending.job_id}\n{ending.state}\n{ending.at_ms}".encode(errors="replace")
    return f"msg_{hashlib.sha256(named).hexdigest()[:32]}"


def _at_ms(place: str) -> int:
    return order_of(place)[0]
