"""The control channel: requests to cancel jobs, in a stream that every worker of a queue watches.

Why a stream, and not publish and subscribe, or a field that the renewal of locks reads? A worker
that is cut off for a moment misses nothing, since it reads on where it stood; one that starts
later finds what is still open. It hears within a round trip, and asks once per block time when
nothing happens. It needs neither the permission for channels nor a script of the one who asks:
``XADD`` is all, from any language. The price is one more connection per worker.

An entry has the fields ``jobId`` and ``reason``, and stands until the job has ended. Whoever fails
the job removes it. A job that waits is failed by the first worker that reads the entry. One that
runs is failed by the worker that runs it, or, if that dies or does not listen, by the next of ours
that takes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from typing import NamedTuple

from preview_worker.events import CancelRequested, Observer
from preview_worker.queue.controls import DEFAULT_CANCEL_REASON
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.watcher import Event, stream_entries
from preview_worker.queue.wire import RedisError
from preview_worker.queue.withdrawal import MOST_REQUESTS, Withdrawal, Withdrawer

CLOCK_ALLOWANCE_MS = 60_000
"""A job that was added so much later than the request is another job under the same id. Producers'
clocks and the server's may differ by less."""
_BATCH = 100
_BEGINNING = b"0-0"


class CancelRequest(NamedTuple):
    """An entry of the stream."""

    place: bytes
    reason: str

    @property
    def added_until_ms(self) -> int:
        """The latest instant at which the job that is meant was added."""
        return int(self.place.partition(b"-")[0]) + CLOCK_ALLOWANCE_MS

    def means(self, job: LeasedJob) -> bool:
        """Tell whether ``job`` is meant, and not one that had its id earlier."""
        return job.added_at_ms <= self.added_until_ms


class _Run(NamedTuple):
    """A job that runs here, and the future of whoever wants to know when it shall end."""

    job: LeasedJob
    asked: asyncio.Future[str]


class CancelWatcher:
    """Reads the requests, and tells those who run the jobs that are meant."""

    def __init__(
        self,
        link: RedisLink,
        protocol: BullProtocol,
        settings: QueueSettings,
        observer: Observer | None,
    ) -> None:
        """Wait on ``link``, which must have patience for the block time; act over ``protocol``."""
        self._link = link
        self._protocol = protocol
        self._key = protocol.keys.cancel_requests
        self._withdrawer = Withdrawer(protocol, protocol.keys, settings)
        self._block_ms = round(settings.block_s * 1000)
        self._pause_s = settings.retry_max_s
        self._observer = observer
        self._place = _BEGINNING
        self._open: OrderedDict[str, CancelRequest] = OrderedDict()
        self._running: dict[str, _Run] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether reading was begun and has ended by itself, which it never should."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._read_for_ever())

    async def stop(self) -> None:
        """Stop reading. Safe to call twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def cancelled(self, job: LeasedJob) -> str:
        """Return the reason when somebody asks for the job to end, or asked before it began."""
        run = _Run(job, asyncio.get_running_loop().create_future())
        self._running[job.id] = run
        try:
            request = self._open.get(job.id)
            if request is not None and await self._stands(request, job):
                self._tell(run, request)
            return await run.asked
        finally:
            if self._running.get(job.id) is run:
                del self._running[job.id]

    async def put_back(self, job: LeasedJob) -> None:
        """Fail a job that waits again, if its end was asked for when nobody here watched for that.

        Whoever read the request found the job active and left it to the worker that had it.
        """
        request = self._open.get(job.id)
        if request is None or not await self._stands(request, job):
            return
        while True:
            try:
                await self._end(job.id, request)
            except QueueUnavailableError:
                await asyncio.sleep(self._pause_s)
            else:
                return

    async def settled(self, job_id: str) -> None:
        """Remove the request for a job that has ended, if there was one."""
        request = self._open.pop(job_id, None)
        if request is not None:
            await self._remove(request)

    async def _read_for_ever(self) -> None:
        wait = ("COUNT", _BATCH, "BLOCK", self._block_ms)
        while True:
            try:
                reply = await self._link.call("XREAD", *wait, "STREAMS", self._key, self._place)
                for place, fields in stream_entries(reply):
                    await self._take(place, fields)
                    self._place = place
            except (QueueUnavailableError, RedisError):
                await asyncio.sleep(self._pause_s)

    async def _take(self, place: bytes, fields: Event) -> None:
        job_id = fields.get(b"jobId", b"").decode(errors="replace")
        reason = fields.get(b"reason", b"").decode(errors="replace") or DEFAULT_CANCEL_REASON
        request = CancelRequest(place, reason)
        self._open[job_id] = request
        while len(self._open) > MOST_REQUESTS:
            self._open.popitem(last=False)
        run = self._running.get(job_id)
        if run is not None and request.means(run.job):
            self._tell(run, request)
            return
        await self._end(job_id, request)

    async def _end(self, job_id: str, request: CancelRequest) -> None:
        """Fail a job that waits; the request stands on if it is active."""
        found = await self._withdraw(job_id, request)
        if found is Withdrawal.DONE and self._observer is not None:
            self._observer.observe(
                CancelRequested(job_id=job_id, reason=request.reason, running=False)
            )
        if found is not Withdrawal.RUNNING:
            await self.settled(job_id)

    async def _withdraw(self, job_id: str, request: CancelRequest) -> Withdrawal:
        try:
            return await self._withdrawer.withdraw(
                job_id, request.reason, added_until_ms=request.added_until_ms
            )
        except RedisError:
            return Withdrawal.GONE  # what stands under that id is not a job

    def _tell(self, run: _Run, request: CancelRequest) -> None:
        if run.asked.done():
            return
        run.asked.set_result(request.reason)
        if self._observer is not None:
            self._observer.observe(
                CancelRequested(job_id=run.job.id, reason=request.reason, running=True)
            )

    async def _stands(self, request: CancelRequest, job: LeasedJob) -> bool:
        """Tell whether a request that was read before is still open and means this job."""
        if not request.means(job):
            await self.settled(job.id)
            return False
        while True:
            try:
                place = request.place
                return bool(await self._protocol.link.call("XRANGE", self._key, place, place))
            except (QueueUnavailableError, RedisError):
                await asyncio.sleep(self._pause_s)

    async def _remove(self, request: CancelRequest) -> None:
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await self._protocol.link.call("XDEL", self._key, request.place)
