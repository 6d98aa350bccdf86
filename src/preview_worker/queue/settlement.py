"""From an outcome to the one script that tells it to the queue. Pure: nothing is sent here."""

from __future__ import annotations

import json
from typing import NamedTuple, assert_never

import msgpack

from preview_worker.queue.backoff import backoff_ms
from preview_worker.queue.codec import UnfitJobError, decode_stacktrace
from preview_worker.queue.jobs import JobState, LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.options import KEEP_ALL, flag, kept_jobs
from preview_worker.queue.outcome import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    Outcome,
    Retry,
)
from preview_worker.queue.scripts import LuaScript, Script
from preview_worker.queue.settings import MAX_STORED_REASON_CHARS, QueueSettings
from preview_worker.queue.tally import METRICS_MINUTES
from preview_worker.queue.wire import Argument

_encode_result = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_COUNT_ATTEMPT, _SPARE_ATTEMPT = "0", "1"
_PARENT_FLAGS = ("fpof", "cpof", "idof", "rdof")
"""What the failure of a child does to its parent: fail, continue, ignore, remove."""


class Order(NamedTuple):
    """A script with its arguments, and the state that the job is in once it ran."""

    script: LuaScript
    keys: tuple[str | bytes, ...]
    args: tuple[Argument, ...]
    state: JobState
    at_ms: int
    """The instant written into the job, by which a lost reply is recognised afterwards."""


class Turn(NamedTuple):
    """When the order is given, and whether the next job shall come with its answer."""

    now_ms: int
    lease_next: bool


class Attempt(NamedTuple):
    """What settling needs to know of a running attempt besides its outcome."""

    job: LeasedJob
    stacktrace: bytes = b""


class _Ending(NamedTuple):
    """How a job ends: the set it goes to, the text that is stored, and why it failed if it did."""

    state: JobState
    value: str
    failure_fields: bytes | None = None


class SettlementPlanner:
    """Chooses the script for each outcome and lays out its keys and arguments."""

    def __init__(self, keys: QueueKeys, settings: QueueSettings) -> None:
        """Plan for the queue of ``keys``."""
        self._keys = keys
        self._settings = settings
        self._metrics = (keys.metrics("failed"), keys.metrics("completed"))
        self._finish_keys = (
            keys.wait,
            keys.active,
            keys.prioritized,
            keys.events,
            keys.stalled,
            keys.limiter,
            keys.delayed,
            keys.paused,
            keys.meta,
            keys.priority_counter,
        )

    def plan(self, attempt: Attempt, outcome: Outcome, turn: Turn) -> Order:
        """Return the order for ``outcome``.

        Raises ``TypeError`` or ``ValueError`` when the result of a completed job is not JSON.
        """
        job = attempt.job
        match outcome:
            case Completed(result=result):
                ending = _Ending(JobState.COMPLETED, _encode_result(result))
                return self._finish(job, ending, turn)
            case Failed(code=code, reason=reason):
                return self._fail(attempt, code, reason, turn)
            case Cancelled(reason=reason):
                return self._fail(attempt, "cancelled", reason, turn)
            case Retry(code=code, reason=reason):
                return self._retry(attempt, code, reason, turn)
            case HandedBack():
                return self.plan_give_back(job.id, job.token, _waiting(job))
            case _:
                assert_never(outcome)

    def plan_unfit(self, job_id: bytes, unfit: UnfitJobError, token: str, now_ms: int) -> Order:
        """Return the order that fails a job without a run, and fetches the next."""
        reason = str(unfit)
        options = {**self._fetch_options(token), "keepJobs": KEEP_ALL, "attempts": 0}
        ending = _Ending(
            JobState.FAILED, reason, _packed_fields(reason, [f"{unfit.code}: {reason}"])
        )
        return self._finishing_order(job_id, ending, options, Turn(now_ms, lease_next=True))

    def plan_give_back(
        self, job_id: str | bytes, token: str, state: JobState = JobState.WAITING
    ) -> Order:
        """Return the order that puts a job back in front of its equals, at no cost to it."""
        keys = self._keys
        script_keys = (
            keys.active,
            keys.wait,
            keys.stalled,
            keys.paused,
            keys.meta,
            keys.limiter,
            keys.prioritized,
            keys.marker,
            keys.events,
        )
        args = (job_id, token, keys.job(job_id))
        return Order(Script.MOVE_ACTIVE_TO_WAIT, script_keys, args, state, 0)

    def plan_put_aside(self, job: LeasedJob, pause_ms: int, turn: Turn) -> Order:
        """Return the order that delays a job at no cost to it."""
        order = self._delay(job, pause_ms, b"", turn, _SPARE_ATTEMPT)
        return order._replace(at_ms=0)

    def _fail(self, attempt: Attempt, code: str, reason: str, turn: Turn) -> Order:
        fields = self._failure_fields(attempt, code, reason)
        return self._finish(attempt.job, _Ending(JobState.FAILED, _cut(reason), fields), turn)

    def _finish(self, job: LeasedJob, ending: _Ending, turn: Turn) -> Order:
        given = job.options
        completed = ending.state is JobState.COMPLETED
        options = self._fetch_options(job.token)
        options["keepJobs"] = kept_jobs(
            given.get("removeOnComplete" if completed else "removeOnFail")
        )
        options["attempts"] = job.max_attempts
        options.update((name, True) for name in _PARENT_FLAGS if given.get(name))
        return self._finishing_order(job.id, ending, options, turn)

    def _finishing_order(
        self, job_id: str | bytes, ending: _Ending, options: dict[str, object], turn: Turn
    ) -> Order:
        keys = self._keys
        completed = ending.state is JobState.COMPLETED
        script_keys = (
            *self._finish_keys,
            keys.completed if completed else keys.failed,
            keys.job(job_id),
            self._metrics[completed],
            keys.marker,
        )
        args: tuple[Argument, ...] = (
            job_id,
            turn.now_ms,
            "returnvalue" if completed else "failedReason",
            ending.value,
            ending.state.value,
            "1" if turn.lease_next else "",
            keys.root,
            msgpack.packb(options),
        )
        if ending.failure_fields is not None:
            args = (*args, ending.failure_fields)
        return Order(Script.MOVE_TO_FINISHED, script_keys, args, ending.state, turn.now_ms)

    def _retry(self, attempt: Attempt, code: str, reason: str, turn: Turn) -> Order:
        job = attempt.job
        failures = job.attempts_made + 1
        pause_ms = backoff_ms(job.options.get("backoff"), failures)
        if failures >= job.max_attempts or pause_ms is None:
            return self._fail(attempt, code, reason, turn)
        fields = self._failure_fields(attempt, code, reason)
        if pause_ms:
            return self._delay(job, pause_ms, fields, turn)
        return self._repeat(job, fields, turn)

    def _repeat(self, job: LeasedJob, fields: bytes, turn: Turn) -> Order:
        keys = self._keys
        script_keys = (
            keys.active,
            keys.wait,
            keys.paused,
            keys.job(job.id),
            keys.meta,
            keys.events,
            keys.delayed,
            keys.prioritized,
            keys.priority_counter,
            keys.marker,
            keys.stalled,
        )
        push = "RPUSH" if flag(job.options, "lifo") else "LPUSH"
        args = (keys.root, turn.now_ms, push, job.id, job.token, fields)
        return Order(Script.RETRY_JOB, script_keys, args, _waiting(job), turn.now_ms)

    def _delay(
        self,
        job: LeasedJob,
        pause_ms: int,
        fields: bytes,
        turn: Turn,
        cost: str = _COUNT_ATTEMPT,
    ) -> Order:
        keys = self._keys
        script_keys = (
            keys.marker,
            keys.active,
            keys.prioritized,
            keys.delayed,
            keys.job(job.id),
            keys.events,
            keys.meta,
            keys.stalled,
            keys.wait,
            keys.limiter,
            keys.priority_counter,
        )
        args = (
            keys.root,
            turn.now_ms,
            job.id,
            job.token,
            pause_ms,
            cost,
            fields,
            "1" if turn.lease_next else "0",
            msgpack.packb(self._fetch_options(job.token)),
        )
        return Order(Script.MOVE_TO_DELAYED, script_keys, args, JobState.DELAYED, turn.now_ms)

    def _fetch_options(self, token: str) -> dict[str, object]:
        """What the scripts need to lock the next job: the slot keeps its token."""
        return {
            "token": token,
            "lockDuration": self._settings.lock_ms,
            "name": self._settings.worker_name,
            "maxMetricsSize": METRICS_MINUTES,
        }

    def _failure_fields(self, attempt: Attempt, code: str, reason: str) -> bytes:
        reason = _cut(reason)
        lines = [*decode_stacktrace(attempt.stacktrace), f"{code}: {reason}"]
        return _packed_fields(reason, lines[-self._settings.max_stacktrace_lines :])


def _packed_fields(reason: str, stacktrace: list[str]) -> bytes:
    lines = json.dumps(stacktrace, separators=(",", ":"))
    return bytes(msgpack.packb(["failedReason", reason, "stacktrace", lines]))


def _cut(reason: str) -> str:
    """Bound the reason and drop what UTF-8 cannot hold (lone surrogates from broken payloads)."""
    whole = reason.encode(errors="replace").decode()
    if len(whole) <= MAX_STORED_REASON_CHARS:
        return whole
    return whole[: MAX_STORED_REASON_CHARS - 1] + "…"


def _waiting(job: LeasedJob) -> JobState:
    return JobState.PRIORITIZED if job.priority else JobState.WAITING
