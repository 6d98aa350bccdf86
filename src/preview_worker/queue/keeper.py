"""Keeps the locks of running jobs alive, and tells whoever runs a job when its lock is lost.

Renewal has a connection of its own, so that a stuck command cannot starve it, and the monotonic
clock, so that a wall clock that jumps cannot stop it. While renewals do not get through, the job
runs on and only its settlement and publication wait: when Redis is back, a lock that ran out and
that nobody else took is taken again. A lock that was taken away while Redis was there is lost.
``docs/architecture.md`` weighs this against giving the job up in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from preview_worker.events import LeaseLost, LeaseRegained, Observer
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.port import LeaseLostError, QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError

_REMEMBERED_LOSSES = 256
_TICK_S = 0.5


@dataclass(slots=True)
class Lease:
    """A lock that is held; ``renewed_at_s`` is monotonic and never later than the server's."""

    job: LeasedJob
    stacktrace: bytes
    renewed_at_s: float
    connection: int = 0
    """The ordinal of the connection over which the lock was renewed last."""
    readopted_at_s: float = -math.inf
    """When the lock had last been taken again, monotonic."""
    settling: bool = False
    share: str | None = None
    """The project of whose places the job has one, as the keys name it."""
    lost: bool = False
    watchers: tuple[asyncio.Future[None], ...] = ()


class LeaseKeeper:
    """Renews all leases of a queue together."""

    def __init__(
        self, protocol: BullProtocol, settings: QueueSettings, observer: Observer | None
    ) -> None:
        """Renew over ``protocol``, whose link nobody else uses."""
        self._protocol = protocol
        self._settings = settings
        self._observer = observer
        self._held: dict[tuple[str, str], Lease] = {}
        self._lost: OrderedDict[tuple[str, str], Lease] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._clock: asyncio.Task[None] | None = None
        self._still_ticks = 0
        self._readopting = asyncio.Lock()

    @property
    def ended(self) -> bool:
        """Whether renewing was begun and has ended by itself, which it never should."""
        return self._task is not None and self._task.done()

    @property
    def still_s(self) -> float:
        """For how long renewal has begun no round; 0 while it is not wanted.

        It counts by its own ticks. A process that was frozen ticks no faster afterwards: renewal
        was frozen with it, and begins a round before it is accused.
        """
        return self._still_ticks * _TICK_S

    def lock_age_s(self) -> float:
        """How long ago that lock was renewed which was renewed least recently; 0 without any."""
        now_s = time.monotonic()
        return max((now_s - lease.renewed_at_s for lease in self._held.values()), default=0.0)

    def start(self) -> None:
        """Begin to renew."""
        self._still_ticks = 0
        self._task = asyncio.create_task(self._renew())
        self._clock = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop renewing; leases that are left run out by themselves."""
        tasks = {task for task in (self._task, self._clock) if task is not None}
        self._task = self._clock = None
        self._still_ticks = 0
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def hold(self, lease: Lease) -> None:
        """Keep a lease that was just taken.

        An older one of the same job is lost: the new lock proves that the old one was gone.
        """
        job = lease.job
        for held in list(self._held.values()):
            if held.job.id == job.id and held.job.token != job.token:
                self._lose_at_work(held)
        lease.connection = max(1, self._protocol.link.connections)
        self._held[job.id, job.token] = lease

    def release(self, job: LeasedJob) -> None:
        """Let go of a job that is settled."""
        self._held.pop((job.id, job.token), None)
        self._lost.pop((job.id, job.token), None)

    def lease_of(self, job: LeasedJob) -> Lease:
        """Return the lease of a job; raise ``LeaseLostError`` when it is lost or was settled."""
        lease = self._held.get((job.id, job.token))
        if lease is None or lease.lost:
            message = f"The lock of job {job.id} is not ours any more"
            raise LeaseLostError(message)
        return lease

    async def lost(self, job: LeasedJob) -> None:
        """Return when the job's lock is lost; never, when the job is settled before that."""
        key = (job.id, job.token)
        if key in self._lost:
            return
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lease = self._held.get(key)
        if lease is not None:
            lease.watchers = (*lease.watchers, watcher)
        await watcher

    async def confirm(self, job: LeasedJob, above: int) -> int | None:
        """Renew one lock now and number what is published under it; None when it is not ours."""
        lease = self._held.get((job.id, job.token))
        while lease is not None and not lease.lost:
            asked_at_s = time.monotonic()
            number = await self._protocol.admit(job, above)
            if number is not None:
                self._note_renewal(lease, asked_at_s)
                return number
            if not await self.readopt(lease, asked_at_s):
                self.lose(lease)
        return None

    async def readopt(self, lease: Lease, missed_at_s: float) -> bool:
        """Take a lock again that is gone; tell whether it is ours now.

        ``missed_at_s`` is when the question was asked whose answer said that it is gone. After an
        outage renewal, fence and settlement may all learn of it at the same moment; the first takes
        the lock again, and the answers of the others are old news.

        False when somebody holds it, when the job is not active in our attempt any more, and when
        the lock had no reason to run out: then somebody took it away on purpose.
        """
        async with self._readopting:
            if lease.readopted_at_s >= missed_at_s:
                return not lease.lost
            asked_at_s = time.monotonic()
            await self._protocol.link.call("PING")  # finds out whether there was a new connection
            if not self._may_have_run_out(lease) or not await self._protocol.readopt(lease.job):
                return False
            self._note_renewal(lease, asked_at_s)
            lease.readopted_at_s = time.monotonic()
        if self._observer is not None:
            self._observer.observe(LeaseRegained(job_id=lease.job.id))
        return True

    def lose(self, lease: Lease) -> None:
        """Take note that a lock is gone, and tell those who wait for that."""
        if lease.lost:
            return
        lease.lost = True
        key = (lease.job.id, lease.job.token)
        self._held.pop(key, None)
        self._lost[key] = lease
        while len(self._lost) > _REMEMBERED_LOSSES:
            self._lost.popitem(last=False)
        for watcher in lease.watchers:
            if not watcher.done():
                watcher.set_result(None)
        if self._observer is not None:
            self._observer.observe(LeaseLost(job_id=lease.job.id))

    async def _renew(self) -> None:
        # A lock must not run out because there is no descriptor for a connection when it is needed.
        with contextlib.suppress(QueueUnavailableError, RedisError):
            await self._protocol.link.call("PING")
        pause_s = self._settings.renew_s
        while True:
            await asyncio.sleep(pause_s)
            self._still_ticks = 0
            try:
                await self._renew_all()
            except (QueueUnavailableError, RedisError):
                pause_s = self._settings.retry_min_s
                self._give_up_overdue()
            else:
                pause_s = self._settings.renew_s

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self._still_ticks += 1

    async def _renew_all(self) -> None:
        # The answer names jobs and no tokens. Of two leases of a job the later is meant: the older
        # is being settled, and learns there whether it was lost.
        leases = list({lease.job.id: lease for lease in self._held.values()}.values())
        if not leases:
            return
        asked_at_s = time.monotonic()
        refused = await self._protocol.extend_locks(
            [lease.job.id for lease in leases], [lease.job.token for lease in leases]
        )
        for lease in leases:
            if lease.job.id not in refused:
                self._note_renewal(lease, asked_at_s)
            elif self._at_work(lease) and not await self.readopt(lease, asked_at_s):
                self._lose_at_work(lease)

    def _lose_at_work(self, lease: Lease) -> None:
        if self._at_work(lease):  # it may have been settled meanwhile
            self.lose(lease)

    def _at_work(self, lease: Lease) -> bool:
        """Tell whether a missing lock means anything: settling a job takes its lock away."""
        return not lease.settling and self._held.get((lease.job.id, lease.job.token)) is lease

    def _note_renewal(self, lease: Lease, asked_at_s: float) -> None:
        lease.renewed_at_s = max(lease.renewed_at_s, asked_at_s)
        lease.connection = self._protocol.link.connections

    def _may_have_run_out(self, lease: Lease) -> bool:
        """Tell whether the lock may be gone without anybody having taken it away."""
        age_s = time.monotonic() - lease.renewed_at_s
        return age_s >= self._settings.lock_s or lease.connection != self._protocol.link.connections

    def _give_up_overdue(self) -> None:
        limit_s = time.monotonic() - self._settings.outage_patience_s
        for lease in [lease for lease in self._held.values() if lease.renewed_at_s < limit_s]:
            self.lose(lease)
