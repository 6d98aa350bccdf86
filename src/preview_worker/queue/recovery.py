"""Finds the jobs of workers that fell silent and puts them back into the queue.

The places that such jobs had among their projects' are given to others in the same round.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from preview_worker.events import ClockCompared, JobsRecovered, Observer
from preview_worker.queue.places import Places
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.skew import skew_to
from preview_worker.queue.wire import RedisError

_TIDY_S = 60.0
"""How often dead letters are looked through, for those that grew too old, and clocks compared."""


class StallRecoverer:
    """Checks for stalled jobs, first at once and then at a steady interval.

    After an outage every lock may have run out. The first check then waits until whoever still
    runs a job had the time to take its lock again.
    """

    def __init__(
        self, protocol: BullProtocol, settings: QueueSettings, observer: Observer | None
    ) -> None:
        """Check over ``protocol`` every ``settings.stall_check_s``."""
        self._protocol = protocol
        self._places = Places(protocol.link, protocol.keys, settings)
        self._interval_s = settings.stall_check_s
        self._respite_s = max(settings.stall_check_s, 3 * settings.retry_max_s)
        self._observer = observer
        self._tidy_at_s = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether checking was begun and has ended by itself, which it never should."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin to check."""
        self._task = asyncio.create_task(self._check_for_ever())

    async def stop(self) -> None:
        """Stop checking. Safe to call twice."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        self._task = None

    async def _check_for_ever(self) -> None:
        away = False
        while True:
            # A check that fails is repeated soon; what keeps it from working is told by the lease.
            try:
                if away:
                    await self._protocol.link.call("PING")
                    await asyncio.sleep(self._respite_s)
                    away = False
                job_ids = await self._protocol.recover_stalled()
                if job_ids and self._observer is not None:
                    self._observer.observe(JobsRecovered(job_ids=job_ids))
                await self._places.sweep()
            except QueueUnavailableError:
                away = True
            except RedisError:
                pass
            await self._tidy()
            await asyncio.sleep(self._interval_s)

    async def _tidy(self) -> None:
        """Forget dead letters that grew too old and compare the clocks, now and then."""
        if time.monotonic() >= self._tidy_at_s:
            self._tidy_at_s = time.monotonic() + _TIDY_S
            with contextlib.suppress(QueueUnavailableError, RedisError):
                await self._protocol.forget_old_letters()
                skew_s = await skew_to(self._protocol.link)
                if skew_s is not None and self._observer is not None:
                    self._observer.observe(ClockCompared(skew_s=skew_s))
