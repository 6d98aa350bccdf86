"""A job's journal: its progress and its log, written to the queue while it runs.

Both are for people who watch. They are written in the background, and when the queue does not take
them the job goes on without them.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from preview_worker.contract import DONE_PERCENT
from preview_worker.events import JobProgressed, Observer
from preview_worker.queue import JobQueue, LeasedJob, LeaseLostError, QueueUnavailableError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_INTERVAL_S = 0.2
_CLOSE_TIMEOUT_S = 1.0


class Journal:
    """Writes the newest progress at most five times a second, and log lines in their order."""

    def __init__(self, queue: JobQueue, job: LeasedJob, observer: Observer) -> None:
        """Write about ``job`` to ``queue``, and tell ``observer`` of its progress."""
        self._queue = queue
        self._job = job
        self._observer = observer
        self.phases_s: dict[str, float] = {}
        """What the worker itself spent on the job before its render, by phase."""
        self._percent = job.told_percent if job.waited_for_parts else -1
        self._unsaid: int | None = None
        self._lines: list[str] = []
        self._news = asyncio.Event()
        self._closing = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to write."""
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left, unless the queue takes too long for it."""
        self._closing.set()
        self._news.set()
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=_CLOSE_TIMEOUT_S)
            self._writer.cancel()

    def report(self, phase: str, fraction: float) -> None:
        """Take note of progress; it never goes back, and says 100 only through ``finish``."""
        percent = min(int(fraction * DONE_PERCENT), DONE_PERCENT - 1)
        if percent > self._percent:
            self._advance(phase, percent)

    def finish(self) -> None:
        """Report that the job is done."""
        self._advance("done", DONE_PERCENT)

    def log(self, line: str) -> None:
        """Append a line to the job's log."""
        self._lines.append(line)
        self._news.set()

    def _advance(self, phase: str, percent: int) -> None:
        self._percent = self._unsaid = percent
        self._news.set()
        self._observer.observe(JobProgressed(job_id=self._job.id, percent=percent, phase=phase))

    async def _write(self) -> None:
        while not self._closing.is_set() or self._unsaid is not None or self._lines:
            await self._news.wait()
            self._news.clear()
            with contextlib.suppress(QueueUnavailableError, LeaseLostError):
                await self._flush()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _INTERVAL_S)

    async def _flush(self) -> None:
        lines, self._lines = self._lines, []
        percent, self._unsaid = self._unsaid, None
        for line in lines:
            await self._queue.log(self._job, line)
        if percent is not None:
            await self._queue.progress(self._job, percent)
