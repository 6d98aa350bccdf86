"""Follows one job through the queue's stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from preview_worker.queue.jobs import JobState, JobStatus
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.status import StatusReader, decode_value, is_final
from preview_worker.queue.wire import Argument, Reply

_BATCH = 500
_START = "0-0"
Event = dict[bytes, bytes]


async def watch_job(
    job_id: str, statuses: StatusReader, link: RedisLink, block_s: float
) -> AsyncIterator[JobStatus]:
    """Yield the status of a job now and after each change; end with its final state.

    Ends at once when there is no such job. A server that goes away is waited for; the status is
    read anew then, since events may have passed unseen.
    """
    reader = _EventReader(link, statuses, block_s)
    told: JobStatus | None = None
    while True:
        try:
            await reader.find_end()
            status = await statuses.read(job_id)
            final = None if status is not None else await reader.final_event(job_id)
            if status is None:
                if told is not None and final is not None:
                    yield _closed(told, final)
                return
            if status != told:
                told = status
                yield status
            if is_final(status.state):
                return
            await reader.wait_for(job_id)
        except QueueUnavailableError:
            if told is None:
                raise


class _EventReader:
    """Reads a queue's events from where it last stood."""

    def __init__(self, link: RedisLink, statuses: StatusReader, block_s: float) -> None:
        self._link = link
        self._stream = statuses.events_key
        self._block_ms = round(block_s * 1000)
        self._last = ""
        self._finals: dict[str, Event] = {}

    async def find_end(self) -> None:
        """Stand at the end of the stream, unless a place was taken before."""
        if self._last:
            return
        newest = await self._link.call("XREVRANGE", self._stream, "+", "-", "COUNT", 1)
        entry = newest[0] if isinstance(newest, list) and newest else None
        place = entry[0] if isinstance(entry, list) and entry else None
        self._last = place.decode() if isinstance(place, bytes) else _START

    async def wait_for(self, job_id: str) -> None:
        """Return when an event of the job was seen, or after the block time."""
        wait = ("BLOCK", self._block_ms)
        while True:
            reply = await self._read(wait)
            if reply is None or self._take(reply, job_id):
                return

    async def final_event(self, job_id: str) -> Event | None:
        """Return the event of the job's end, for a job that was removed when it finished."""
        if job_id not in self._finals and self._last:
            self._take(await self._read(()), job_id)
        return self._finals.get(job_id)

    async def _read(self, wait: tuple[Argument, ...]) -> Reply:
        place = ("STREAMS", self._stream, self._last)
        return await self._link.call("XREAD", "COUNT", _BATCH, *wait, *place)

    def _take(self, reply: Reply, job_id: str) -> bool:
        """Take note of a batch; True when an event of the job was in it."""
        seen = False
        for place, event in stream_entries(reply):
            self._last = place.decode()
            if event.get(b"jobId") != job_id.encode():
                continue
            seen = True
            if event.get(b"event") in {b"completed", b"failed"}:
                self._finals[job_id] = event
        return seen


def stream_entries(reply: Reply) -> list[tuple[bytes, Event]]:
    """Unfold XREAD's reply: streams, each with entries, each with a flat list of fields."""
    entries: list[tuple[bytes, Event]] = []
    for stream in reply if isinstance(reply, list) else []:
        listed = stream[1] if isinstance(stream, list) else []
        for entry in listed if isinstance(listed, list) else []:
            if not isinstance(entry, list) or not isinstance(entry[0], bytes):
                continue
            flat = [part for part in _flat(entry[1]) if isinstance(part, bytes)]
            entries.append((entry[0], dict(zip(flat[::2], flat[1::2], strict=False))))
    return entries


def _flat(reply: Reply) -> list[Reply]:
    return reply if isinstance(reply, list) else []


def _closed(told: JobStatus, event: Event) -> JobStatus:
    state = JobState(event[b"event"].decode())
    if state is JobState.COMPLETED:
        return replace(told, state=state, return_value=decode_value(event.get(b"returnvalue")))
    reason = event.get(b"failedReason", b"").decode(errors="replace")
    return replace(told, state=state, failed_reason=reason)
