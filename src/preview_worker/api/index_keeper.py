"""Keeps the index of jobs true to the queue, and tells of every change."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from preview_worker.api.crier import Change, Crier
from preview_worker.api.index import JobIndex
from preview_worker.api.summaries import moved_to, percent_of, summarise
from preview_worker.queue import (
    EventFeed,
    JobCatalogue,
    JobState,
    QueueEvent,
    QueueUnavailableError,
    StreamGapError,
)

_MOVES = {
    "active": JobState.ACTIVE,
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "delayed": JobState.DELAYED,
    "waiting": JobState.WAITING,
    "waiting-children": JobState.WAITING_CHILDREN,
}
"""The events that say where a job went, in BullMQ's words."""
_TO_READ = {"added", "failed", "delayed", "waiting", "retries-exhausted", "stalled"}
"""Events after which something is in the job's hash that they do not tell."""
_OF_THE_QUEUE = {"paused", "resumed", "drained"}
_READ_AT_ONCE = 200
_GATHER_S = 0.05
_COMPARE_S = 5.0
_PAUSE_S = 0.5


class IndexKeeper:
    """Reads everything once, then follows the events; begins anew when it missed some."""

    def __init__(self, catalogue: JobCatalogue, feed: EventFeed, crier: Crier) -> None:
        """Keep an index of the jobs in ``catalogue`` by what ``feed`` tells."""
        self.index = JobIndex()
        self.ready = asyncio.Event()
        """Set when the index was read once."""
        self.place = "0-0"
        """Where in the stream of events the index stands."""
        self._catalogue = catalogue
        self._feed = feed
        self._crier = crier
        self._unread: set[str] = set()
        self._something = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the index, in the background."""
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stop keeping it. Safe to call twice."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
            self._keeping = None

    async def refresh(self, job_ids: Collection[str]) -> None:
        """Read some jobs at once instead of waiting for events about them."""
        await self._read(list(job_ids))

    async def _keep(self) -> None:
        while True:
            try:
                self.place = await self._feed.newest()
                await self._compare(everything=True)
                self._crier.tell(Change(self.place, "reset"))
                self.ready.set()
                await self._follow()
            except (QueueUnavailableError, StreamGapError):
                await asyncio.sleep(_PAUSE_S)

    async def _follow(self) -> None:
        tasks = [
            asyncio.create_task(work)
            for work in (self._take_events(), self._read_unread(), self._compare_now_and_then())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _take_events(self) -> None:
        async for event in self._feed.follow(self.place):
            self.place = event.place
            self._take(event)

    def _take(self, event: QueueEvent) -> None:
        if event.name in _OF_THE_QUEUE:
            self._crier.tell(Change(event.place, "queue"))
        elif event.name == "removed":
            if self.index.remove(event.job_id):
                self._crier.tell(Change(event.place, "removed", event.job_id))
        elif event.job_id:
            if event.name in _TO_READ or event.job_id not in self.index:
                self._unread.add(event.job_id)
                self._something.set()
            self._note(event)

    def _note(self, event: QueueEvent) -> None:
        """Put down what the event itself tells of a job that is known."""
        job = self.index.get(event.job_id)
        if job is None:
            return
        if event.name == "progress":
            told = event.fields.get("data", "")
            percent = percent_of(float(told)) if _is_number(told) else job.percent
            job = replace(job, percent=percent)
        elif event.name in _MOVES:
            job = moved_to(job, _MOVES[event.name], event.at_ms)
        else:
            return
        self.index.put(job)
        self._crier.tell(Change(event.place, "job", job.id))

    async def _read_unread(self) -> None:
        while True:
            await self._something.wait()
            await asyncio.sleep(_GATHER_S)  # a burst of events costs one reading
            self._something.clear()
            wanted, self._unread = list(self._unread), set()
            try:
                await self._read(wanted)
            except QueueUnavailableError:
                self._unread.update(wanted)
                raise

    async def _read(self, job_ids: list[str]) -> None:
        for first in range(0, len(job_ids), _READ_AT_ONCE):
            page = job_ids[first : first + _READ_AT_ONCE]
            found = await self._catalogue.find(page)
            for job_id in page:
                record = found.get(job_id)
                if record is None:
                    if self.index.remove(job_id):
                        self._crier.tell(Change(self.place, "removed", job_id))
                    continue
                summary = summarise(record)
                if summary != self.index.get(job_id):
                    self.index.put(summary)
                    self._crier.tell(Change(self.place, "job", job_id))

    async def _compare_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_COMPARE_S)
            await self._compare()

    async def _compare(self, *, everything: bool = False) -> None:
        """Forget jobs that went without an event, and read those that came or moved so."""
        states = await self._catalogue.states()
        for job_id in self.index.keep_only(states.keys()):
            self._crier.tell(Change(self.place, "removed", job_id))
        wrong = [
            job_id
            for job_id, state in states.items()
            if everything or (job := self.index.get(job_id)) is None or job.state is not state
        ]
        await self._read(wrong)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
