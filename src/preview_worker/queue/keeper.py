"""Keeps the locks of running jobs alive, and tells whoever runs a job when its lock is lost.

Renewal has a connection of its own, so that a stuck command cannot starve it, and the monotonic
clock, so that a wall clock that jumps cannot stop it. When renewals do not get through, the lock
counts as lost a little before Redis lets it go: nobody may work on a job that another may take.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from dataclasses import dataclass

from preview_worker.events import LeaseLost, Observer
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.port import LeaseLostError, QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError

_REMEMBERED_LOSSES = 256


@dataclass(slots=True)
class Lease:
    """A lock that is held; ``renewed_at_s`` is monotonic and never later than the server's."""

    job: LeasedJob
    stacktrace: bytes
    renewed_at_s: float
    settling: bool = False
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
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to renew."""
        self._tasks = [asyncio.create_task(self._renew()), asyncio.create_task(self._fence())]

    async def stop(self) -> None:
        """Stop renewing; leases that are left run out by themselves."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    def hold(self, lease: Lease) -> None:
        """Keep a lease that was just taken."""
        job = lease.job
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

    async def confirm(self, job: LeasedJob) -> bool:
        """Renew one lock now; False when it is not ours."""
        lease = self._held.get((job.id, job.token))
        if lease is None or lease.lost:
            return False
        asked_at_s = time.monotonic()
        if await self._protocol.extend_locks([job.id], [job.token]):
            self.lose(lease)
            return False
        lease.renewed_at_s = max(lease.renewed_at_s, asked_at_s)
        return not lease.lost

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
        pause_s = self._settings.renew_s
        while True:
            await asyncio.sleep(pause_s)
            try:
                await self._renew_all()
            except (QueueUnavailableError, RedisError):
                pause_s = self._settings.retry_min_s
            else:
                pause_s = self._settings.renew_s

    async def _renew_all(self) -> None:
        leases = list(self._held.values())
        if not leases:
            return
        asked_at_s = time.monotonic()
        refused = await self._protocol.extend_locks(
            [lease.job.id for lease in leases], [lease.job.token for lease in leases]
        )
        for lease in leases:
            if lease.job.id not in refused:
                lease.renewed_at_s = asked_at_s
            elif not lease.settling and self._held.get((lease.job.id, lease.job.token)) is lease:
                self.lose(lease)

    async def _fence(self) -> None:
        """Wake when the oldest renewal grows too old."""
        fence_s = self._settings.fence_s
        while True:
            now_s = time.monotonic()
            for lease in [
                lease for lease in self._held.values() if now_s - lease.renewed_at_s >= fence_s
            ]:
                self.lose(lease)
            oldest_s = min((lease.renewed_at_s for lease in self._held.values()), default=now_s)
            await asyncio.sleep(max(0.01, oldest_s + fence_s - now_s))
