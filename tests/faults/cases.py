"""What a worker has to do so that each script is called, and what must have come of it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import cast

from preview_worker.events import JobSettled, LeaseLost
from preview_worker.queue import (
    Completed,
    JobRequest,
    LeasedJob,
    Outcome,
    QueueSettings,
    QueueUnavailableError,
    Retry,
)
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.link import RedisLink
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.scripts import Script
from preview_worker.worker.executor import Executor
from preview_worker.worker.runner import Runner
from preview_worker.worker.settings import WorkerSettings
from tests.conformance.yard import Notes
from tests.faults.proxy import Fault, ReplyProxy
from tests.redis_server import leased

_DEADLINE_S = 30.0
_RETRIES = 3
_FAILURE = Retry("transient.disk", "the disk is full")

Attempt = Callable[[BullQueue, ReplyProxy, LeasedJob], Awaitable[Outcome]]


async def _succeed(queue: BullQueue, proxy: ReplyProxy, job: LeasedJob) -> Outcome:
    del queue, proxy, job
    return Completed({"ok": True})


async def _fail_three_times(queue: BullQueue, proxy: ReplyProxy, job: LeasedJob) -> Outcome:
    del queue, proxy
    return _FAILURE if job.attempts_made < _RETRIES else Completed({"ok": True})


async def _report(queue: BullQueue, proxy: ReplyProxy, job: LeasedJob) -> Outcome:
    del proxy
    for percent in (10, 20, 30, 40):
        with suppress(QueueUnavailableError):  # as the worker's journal does
            await queue.progress(job, percent)
    return Completed({"ok": True})


async def _work_until_five_calls(queue: BullQueue, proxy: ReplyProxy, job: LeasedJob) -> Outcome:
    del queue, job
    await proxy.called(5)
    return Completed({"ok": True})


@dataclass(frozen=True)
class Scenario:
    """Jobs, what an attempt at them does, and how often they start, fail and stall on the way."""

    attempt: Attempt = _succeed
    jobs: int = 1
    backoff_ms: int = 0
    starts: int = 1
    made: int = 1
    stalls: int = 0
    trickle: bool = False
    """Add each job when the one before is done, so that none comes with a settlement's answer."""


SCENARIOS: Mapping[Script, Scenario] = {
    Script.MOVE_TO_ACTIVE: Scenario(jobs=4, trickle=True),
    Script.EXTEND_LOCKS: Scenario(_work_until_five_calls),
    Script.UPDATE_PROGRESS: Scenario(_report),
    Script.MOVE_TO_FINISHED: Scenario(jobs=4),
    Script.MOVE_TO_DELAYED: Scenario(_fail_three_times, backoff_ms=20, starts=4, made=4),
    Script.RETRY_JOB: Scenario(_fail_three_times, starts=4, made=4),
    Script.MOVE_STALLED_TO_WAIT: Scenario(_work_until_five_calls, starts=2, stalls=1),
}


@dataclass(frozen=True)
class Case:
    """One script, one fault, one of its calls."""

    script: Script
    fault: Fault
    nth: int

    def __str__(self) -> str:
        """Name the case in test reports."""
        return f"{self.script.value.partition('-')[0]}-{self.fault.name.lower()}-{self.nth}"


CASES = [Case(script, fault, nth) for script in SCENARIOS for fault in Fault for nth in (1, 2, 3)]


@dataclass(frozen=True)
class EndState:
    """How the queue stands after a case, and what was told on the way."""

    spoiled: bool
    jobs: list[tuple[str, int, int, int]]
    """State, attempts made, attempts started and stalls of each job."""
    completed_events: int
    failed_events: int
    left_over: int
    """Members of all sets and lists where an unfinished job could stand, and locks."""
    settled: list[str]
    leases_lost: int


def expected(case: Case) -> EndState:
    """Return the one end state that is right, whatever the fault was."""
    scenario = SCENARIOS[case.script]
    job = ("completed", scenario.made, scenario.starts, scenario.stalls)
    retries = ["retry"] * (scenario.made - 1)
    return EndState(
        spoiled=True,
        jobs=[job] * scenario.jobs,
        completed_events=scenario.jobs,
        failed_events=0,
        left_over=0,
        settled=[*retries, *["completed"] * scenario.jobs],
        leases_lost=0,
    )


class _Attendant:
    """Stands in for the executor: attempts a job as the scenario says."""

    def __init__(self, queue: BullQueue, proxy: ReplyProxy, scenario: Scenario) -> None:
        self._queue = queue
        self._proxy = proxy
        self._attempt = scenario.attempt

    async def execute(self, job: LeasedJob, _trace: object) -> Outcome:
        return await self._attempt(self._queue, self._proxy, job)


async def run_case(case: Case, url: str, port: int) -> EndState:
    """Have a whole runner go through the scenario with one call spoiled."""
    scenario = SCENARIOS[case.script]
    direct = QueueSettings(
        redis_url=url,
        queue_name=f"fault-{uuid.uuid4().hex}",
        lock_s=10.0,  # longer than any pause that a busy machine puts into a case
        renew_s=0.1,
        stall_check_s=0.2,
        block_s=0.5,
        retry_max_s=0.1,
    )
    async with ReplyProxy(port, case.script.sha1, case.fault, case.nth) as proxy:
        await _add_jobs(direct, scenario)
        notes = Notes()
        queue = BullQueue(replace(direct, redis_url=proxy.url), notes)
        attendant = cast("Executor", _Attendant(queue, proxy, scenario))
        worker = WorkerSettings(concurrency=1)
        runner = Runner(direct.queue_name, queue, attendant, notes, worker)
        running = asyncio.create_task(runner.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(_DEADLINE_S):
                await _until_completed(direct, scenario)
        runner.stop()
        await running
        return await _end_state(direct, proxy, notes)


async def _add_jobs(settings: QueueSettings, scenario: Scenario) -> None:
    producer = BullProducer(settings)
    for number in range(1 if scenario.trickle else scenario.jobs):
        await producer.add(_request(number, scenario))
    if scenario.stalls:
        dead = BullQueue(replace(settings, lock_s=0.3))
        await leased(dead)
        await dead.close()
    await producer.close()


def _request(number: int, scenario: Scenario) -> JobRequest:
    return JobRequest({"n": number}, job_id=f"j{number}", backoff_ms=scenario.backoff_ms)


async def _until_completed(settings: QueueSettings, scenario: Scenario) -> None:
    """Follow each job to its end, as a producer would."""
    producer = BullProducer(settings)
    try:
        for number in range(scenario.jobs):
            if scenario.trickle and number:
                await producer.add(_request(number, scenario))
            async for _ in producer.watch(f"j{number}"):
                pass
    finally:
        await producer.close()


async def _end_state(settings: QueueSettings, proxy: ReplyProxy, notes: Notes) -> EndState:
    root = f"{settings.prefix}:{settings.queue_name}:"
    link = RedisLink(settings, client_name="judge")
    try:
        ids = cast("list[bytes]", await link.call("ZRANGE", f"{root}completed", 0, -1))
        jobs = []
        for job_id in ids:
            told = await link.call("HMGET", root + job_id.decode(), "atm", "ats", "stc")
            made, starts, stalls = (int(n or 0) for n in cast("list[bytes | None]", told))
            jobs.append(("completed", made, starts, stalls))
        entries = str(await link.call("XRANGE", f"{root}events", "-", "+"))
        left = [await link.call("LLEN", root + name) for name in ("wait", "active", "paused")]
        left += [await link.call("ZCARD", root + n) for n in ("delayed", "prioritized", "failed")]
        left += [await link.call("EXISTS", f"{root}j{n}:lock") for n in range(4)]
    finally:
        await link.close()
    return EndState(
        spoiled=proxy.spoiled,
        jobs=jobs,
        completed_events=entries.count("b'event', b'completed'"),
        failed_events=entries.count("b'event', b'failed'"),
        left_over=sum(cast("list[int]", left)),
        settled=[event.result for event in notes.events if isinstance(event, JobSettled)],
        leases_lost=sum(isinstance(event, LeaseLost) for event in notes.events),
    )
