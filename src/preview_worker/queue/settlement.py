"""From an outcome to the one script that tells it to the queue. Pure: nothing is sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import msgpack

from preview_worker.queue.backoff import backoff_ms
from preview_worker.queue.codec import decode_stacktrace
from preview_worker.queue.jobs import JobState, LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import Argument
from preview_worker.queue.options import KEEP_ALL, flag, kept_jobs
from preview_worker.queue.outcome import (
    Cancelled,
    Completed,
    Failed,
    HandedBack,
    Outcome,
    Retry,
)
from preview_worker.queue.scripts import Script
from preview_worker.queue.settings import MAX_STORED_REASON_CHARS, QueueSettings


@dataclass(frozen=True, slots=True)
class Order:
    """A script with its arguments, and the state that the job is in once it ran."""

    script: Script
    keys: tuple[str | bytes, ...]
    args: tuple[Argument, ...]
    state: JobState
    at_ms: int
    """The instant written into the job, by which a lost reply is recognised afterwards."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What settling needs to know of a running attempt besides its outcome."""

    job: LeasedJob
    stacktrace: bytes = b""


class SettlementPlanner:
    """Chooses the script for each outcome and lays out its keys and arguments."""

    def __init__(self, keys: QueueKeys, settings: QueueSettings) -> None:
        """Plan for the queue of ``keys``."""
        self._keys = keys
        self._settings = settings
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

    def plan(
        self, attempt: Attempt, outcome: Outcome, *, lease_next: bool, now_ms: int
    ) -> Order:
        """Return the order for ``outcome``.

        Raises ``TypeError`` or ``ValueError`` when the result of a completed job is not JSON.
        """
        job = attempt.job
        match outcome:
            case Completed(result=result):
                value = json.dumps(result, separators=(",", ":"), allow_nan=False)
                return self._finish(job, value, JobState.COMPLETED, lease_next, now_ms)
            case Failed(code=code, reason=reason):
                return self._fail(attempt, code, reason, lease_next, now_ms)
            case Cancelled(reason=reason):
                return self._fail(attempt, "cancelled", reason, lease_next, now_ms)
            case Retry(code=code, reason=reason):
                return self._retry(attempt, (code, reason), lease_next, now_ms)
            case HandedBack():
                return self.plan_give_back(job.id, job.token, _waiting(job))
            case _:
                assert_never(outcome)

    def plan_unfit(self, job_id: bytes, reason: str, token: str, now_ms: int) -> Order:
        """Return the order that fails a job which cannot be decoded, and fetches the next."""
        options = {**self._fetch_options(token), "keepJobs": KEEP_ALL, "attempts": 0}
        return Order(
            Script.MOVE_TO_FINISHED,
            self._keys_to_finish(job_id, JobState.FAILED),
            self._args_to_finish(
                (job_id, reason), JobState.FAILED, options, lease_next=True, now_ms=now_ms
            )
            + (_packed_fields(reason, [reason]),),
            JobState.FAILED,
            now_ms,
        )

    def plan_give_back(
        self, job_id: str | bytes, token: str, state: JobState = JobState.WAITING
    ) -> Order:
        """Return the order that puts a job back in front of its equals, at no cost to it."""
        keys = self._keys
        return Order(
            Script.MOVE_ACTIVE_TO_WAIT,
            (
                keys.active,
                keys.wait,
                keys.stalled,
                keys.paused,
                keys.meta,
                keys.limiter,
                keys.prioritized,
                keys.marker,
                keys.events,
            ),
            (job_id, token, keys.job(job_id)),
            state,
            0,
        )

    def _fail(
        self, attempt: Attempt, code: str, reason: str, lease_next: bool, now_ms: int  # noqa: FBT001 -- private
    ) -> Order:
        order = self._finish(attempt.job, _cut(reason), JobState.FAILED, lease_next, now_ms)
        fields = self._failure_fields(attempt, code, reason)
        return Order(order.script, order.keys, (*order.args, fields), order.state, now_ms)

    def _finish(
        self, job: LeasedJob, value: str, target: JobState, lease_next: bool, now_ms: int  # noqa: FBT001 -- private
    ) -> Order:
        kept = "removeOnComplete" if target is JobState.COMPLETED else "removeOnFail"
        options = {
            **self._fetch_options(job.token),
            "keepJobs": kept_jobs(job.options.get(kept)),
            "attempts": job.max_attempts,
            "attemptsMade": job.attempts_made,
            "fpof": flag(job.options, "fpof"),
            "cpof": flag(job.options, "cpof"),
            "idof": flag(job.options, "idof"),
            "rdof": flag(job.options, "rdof"),
        }
        return Order(
            Script.MOVE_TO_FINISHED,
            self._keys_to_finish(job.id, target),
            self._args_to_finish(
                (job.id, value), target, options, lease_next=lease_next, now_ms=now_ms
            ),
            target,
            now_ms,
        )

    def _keys_to_finish(
        self, job_id: str | bytes, target: JobState
    ) -> tuple[str | bytes, ...]:
        keys = self._keys
        target_set = keys.completed if target is JobState.COMPLETED else keys.failed
        metrics = keys.metrics(target.value)
        return (*self._finish_keys, target_set, keys.job(job_id), metrics, keys.marker)

    def _args_to_finish(
        self,
        told: tuple[str | bytes, str],
        target: JobState,
        options: Mapping[str, object],
        *,
        lease_next: bool,
        now_ms: int,
    ) -> tuple[Argument, ...]:
        job_id, value = told
        prop = "returnvalue" if target is JobState.COMPLETED else "failedReason"
        fetch = "1" if lease_next else ""
        packed = msgpack.packb(options)
        return (job_id, now_ms, prop, value, target.value, fetch, self._keys.root, packed)

    def _retry(
        self, attempt: Attempt, failure: tuple[str, str], lease_next: bool, now_ms: int  # noqa: FBT001 -- private
    ) -> Order:
        job = attempt.job
        code, reason = failure
        failures = job.attempts_made + 1
        pause_ms = backoff_ms(job.options.get("backoff"), failures)
        if failures >= job.max_attempts or pause_ms is None:
            return self._fail(attempt, code, reason, lease_next, now_ms)
        fields = self._failure_fields(attempt, code, reason)
        if pause_ms:
            return self._delay(job, pause_ms, fields, lease_next, now_ms)
        keys = self._keys
        push = "RPUSH" if flag(job.options, "lifo") else "LPUSH"
        return Order(
            Script.RETRY_JOB,
            (
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
            ),
            (keys.root, now_ms, push, job.id, job.token, fields),
            _waiting(job),
            now_ms,
        )

    def _delay(
        self, job: LeasedJob, pause_ms: int, fields: bytes, lease_next: bool, now_ms: int  # noqa: FBT001 -- private
    ) -> Order:
        keys = self._keys
        fetch = msgpack.packb(self._fetch_options(job.token))
        count_attempt = "0"
        return Order(
            Script.MOVE_TO_DELAYED,
            (
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
            ),
            (
                keys.root,
                now_ms,
                job.id,
                job.token,
                pause_ms,
                count_attempt,
                fields,
                "1" if lease_next else "0",
                fetch,
            ),
            JobState.DELAYED,
            now_ms,
        )

    def _fetch_options(self, token: str) -> dict[str, object]:
        """What the scripts need to lock the next job: the slot keeps its token."""
        return {
            "token": token,
            "lockDuration": self._settings.lock_ms,
            "name": self._settings.worker_name,
            "maxMetricsSize": "",
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
