"""Job schedulers: when a job of one is taken, the scheduler's next job is put in line.

BullMQ leaves that to whichever worker takes the job. Its script does it at most once for each job,
so it may be repeated: after a lost reply, after a stall, by two workers.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from preview_worker.queue.cron import next_fire_ms
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.protocol import BullProtocol, now_ms
from preview_worker.queue.wire import RedisError

_RETRY_S = 0.5


class Iteration(NamedTuple):
    """The next job of a scheduler: when it is due, and the options that it is stored with."""

    due_ms: int
    options: dict[str, object]


def next_iteration(
    scheduler_id: str, options: Mapping[str, object], present_ms: int
) -> Iteration | None:
    """Return what follows the job that had ``options``; None when the schedule is over.

    With ``every`` the script computes the instant by itself, since it knows the scheduler's phase.
    Raises ``ValueError`` for a pattern that cannot be followed.
    """
    rule = options.get("repeat")
    if not isinstance(rule, Mapping):
        return None
    count = int(_number(rule.get("count")) or 0) + 1
    limit, end_ms = _number(rule.get("limit")), _instant_ms(rule.get("endDate"))
    if (limit is not None and count > limit) or (end_ms is not None and present_ms > end_ms):
        return None
    start_ms = _instant_ms(rule.get("startDate"))
    base_ms = max(present_ms, int(_number(options.get("prevMillis")) or 0))
    pattern = rule.get("pattern")
    due_ms = base_ms
    if isinstance(pattern, str) and pattern:
        zone = rule.get("tz")
        after_ms = max(base_ms, start_ms or 0)
        due_ms = next_fire_ms(pattern, after_ms, zone if isinstance(zone, str) else None)
        if end_ms is not None and due_ms > end_ms:
            return None
    elif _number(rule.get("every")) is None:
        return None
    kept = {name: value for name, value in rule.items() if name != "immediately"}
    dates = {"startDate": start_ms, "endDate": end_ms}
    repeat = {**kept, **{k: v for k, v in dates.items() if v is not None}, "count": count}
    stored = {
        **options,
        "repeat": repeat,
        "jobId": f"repeat:{scheduler_id}:{due_ms}",
        "delay": max(0, due_ms - present_ms),
        "timestamp": present_ms,
        "prevMillis": due_ms,
        "repeatJobKey": scheduler_id,
    }
    return Iteration(due_ms, stored)


class Schedules:
    """Moves schedulers on; what Redis cannot do now is done when it is back."""

    def __init__(self, protocol: BullProtocol) -> None:
        """Speak over ``protocol``."""
        self._protocol = protocol
        self._belated: set[asyncio.Task[None]] = set()

    async def advance(self, job: LeasedJob, scheduler_id: str) -> None:
        """Put the job that follows ``job`` in line. Never raises: ``job`` is to run in any case."""
        try:
            iteration = next_iteration(scheduler_id, job.options, now_ms())
        except ValueError:
            return  # no worker could follow that pattern; the scheduler ends with this job
        if iteration is None:
            return
        try:
            await self._protocol.advance_scheduler(job.id, scheduler_id, *iteration)
        except QueueUnavailableError:
            task = asyncio.create_task(self._advance_later(job.id, scheduler_id, iteration))
            self._belated.add(task)
            task.add_done_callback(self._belated.discard)
        except RedisError:
            return

    async def close(self) -> None:
        """Give up what could not be done; whoever takes such a job next will do it."""
        for task in self._belated:
            task.cancel()
        if self._belated:
            await asyncio.wait(set(self._belated))

    async def _advance_later(self, job_id: str, scheduler_id: str, iteration: Iteration) -> None:
        while True:
            await asyncio.sleep(_RETRY_S)
            try:
                await self._protocol.advance_scheduler(job_id, scheduler_id, *iteration)
            except QueueUnavailableError:
                continue
            except RedisError:
                return
            return


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def _instant_ms(value: object) -> int | None:
    """Read a date as JavaScript stores one: milliseconds, or text as ISO 8601 has it."""
    if isinstance(value, str):
        try:
            return round(datetime.fromisoformat(value).timestamp() * 1000)
        except ValueError:
            return None
    number = _number(value)
    return None if number is None else int(number)
