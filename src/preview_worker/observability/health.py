"""Whether the worker lives, and whether it can take a job now.

Alive never depends on Redis or on the disk: restarting a worker repairs neither, and an outage of
the one would restart the whole fleet. Every answer is given from what is known, within tens of
milliseconds, however long Redis takes.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar

from preview_worker.events import (
    Event,
    QueueConnected,
    QueueUnreachable,
    WorkerDraining,
    WorkerStarted,
    WorkerStopped,
)
from preview_worker.observability.redaction import redact
from preview_worker.observability.settings import HealthSettings
from preview_worker.observability.snapshot import Snapshot, StateCounts

Refusal = Callable[[], Awaitable[str | None]]
"""Asks a part of the worker why it could not do its work now; None when it could."""

Stage = Literal["starting", "running", "draining", "stopped"]

T = TypeVar("T")

_TICK_S = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """One question with its answer; ``detail`` is for people.

    What is asked of others tells how long the answer took, and how old the last good one is.
    """

    name: str
    ok: bool
    detail: str
    took_s: float | None = None
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks together."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)

    @property
    def reason(self) -> str:
        """What is wrong, empty when nothing is."""
        return "; ".join(f"{check.name}: {check.detail}" for check in self.checks if not check.ok)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Where the monitor feels the pulse."""

    queue: str
    redis_url: str
    counts: Snapshot[StateCounts]
    alive: Callable[[], bool]
    """Whether the loop that leases jobs still runs."""
    begun: bool = False
    """Whether there is no worker to wait for: it serves the HTTP interface alone."""
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    """Questions that decide on readiness, by the name under which they are told."""


class HealthMonitor:
    """Answers probes from events, a tick of the event loop, and the last known answers."""

    def __init__(
        self,
        vitals: Vitals,
        settings: HealthSettings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Watch ``vitals``; ``clock`` counts seconds."""
        self._vitals = vitals
        self._settings = settings
        self._clock = clock
        self._ticked_at = clock()
        self._ticking: asyncio.Task[None] | None = None
        self._stage: Stage = "running" if vitals.begun else "starting"
        self._unreachable: tuple[str, float] | None = None
        self._refusals = {
            name: Snapshot(ask, settings, clock) for name, ask in vitals.refusals.items()
        }

    def observe(self, event: Event) -> None:
        """Take note of how the worker and the queue are doing."""
        match event:
            case WorkerStarted():
                self._stage = "running"
            case WorkerDraining():
                self._stage = "draining"
            case WorkerStopped():
                self._stage = "stopped"
            case QueueConnected():
                self._unreachable = None
            case QueueUnreachable():
                self._unreachable = (redact(event.reason), self._clock())
            case _:
                pass

    async def start(self) -> None:
        """Begin to feel the event loop's pulse."""
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop all asking. Safe to call twice."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        await self._vitals.counts.close()
        for asked in self._refusals.values():
            await asked.close()

    def live(self) -> Verdict:
        """Tell whether restarting the worker would help: if not live, it would."""
        still_s = self._clock() - self._ticked_at
        moves = still_s < self._settings.stuck_after_s
        loop = Check("loop", moves, "moves" if moves else f"stood still for {still_s:.1f} s")
        return Verdict((loop, self._worker_check()))

    def started(self) -> Verdict:
        """Tell whether the worker has begun to ask for jobs."""
        begun = self._stage != "starting"
        detail = "has started" if begun else "has not started yet"
        return Verdict((Check("worker", begun, detail),))

    async def ready(self) -> Verdict:
        """Tell whether the worker can take and finish a job now."""
        await self._refresh()
        checks = [self._worker_check(), self._stage_check(), self._queue_check()]
        checks += [self._refusal_check(name, asked) for name, asked in self._refusals.items()]
        return Verdict(tuple(checks))

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Return whether worker and queue are well, and the document with upstream's keys."""
        await self._vitals.counts.refresh()
        queue = self._queue_check()
        verdict = Verdict((*self.live().checks, queue))
        document: dict[str, object] = {
            "status": "healthy" if verdict.ok else "unhealthy",
            "timestamp": _now(),
            "redis": {
                "status": "connected" if queue.ok else "disconnected",
                "url": redact(self._vitals.redis_url),
            },
            "queue": {"name": self._vitals.queue, **self._counted()},
            "worker": {"status": self._stage},
        }
        if not verdict.ok:
            document["error"] = verdict.reason
        return verdict.ok, document

    async def _tick(self) -> None:
        while True:
            self._ticked_at = self._clock()
            if self._oldest_s() > self._settings.silent_after_s / 2:
                # Nobody asked for a while; the next probe shall not have to call that silence.
                await self._refresh()
            await asyncio.sleep(_TICK_S)

    async def _refresh(self) -> None:
        await asyncio.gather(
            self._vitals.counts.refresh(), *(asked.refresh() for asked in self._refusals.values())
        )

    def _oldest_s(self) -> float:
        ages = [asked.age_s for asked in self._refusals.values()]
        return max(self._vitals.counts.age_s, *ages, 0.0)

    def _worker_check(self) -> Check:
        alive = self._stage == "starting" or self._vitals.alive()
        return Check("worker", alive, "runs" if alive else "has ended")

    def _stage_check(self) -> Check:
        return Check("stage", self._stage == "running", self._stage)

    def _queue_check(self) -> Check:
        counts = self._vitals.counts
        trouble = self._outage() or counts.error or self._silence(counts.age_s)
        return _asked("queue", counts, trouble, "answers")

    def _outage(self) -> str | None:
        """Tell of an outage that the worker met, unless the queue answered since."""
        if self._unreachable is None:
            return None
        reason, met_at = self._unreachable
        return reason if self._vitals.counts.age_s >= self._clock() - met_at else None

    def _refusal_check(self, name: str, asked: Snapshot[str | None]) -> Check:
        trouble = asked.error or self._silence(asked.age_s) or asked.value
        return _asked(name, asked, trouble, "ok")

    def _silence(self, age_s: float) -> str | None:
        if age_s < self._settings.silent_after_s:
            return None
        return "has not answered yet" if age_s == float("inf") else f"silent for {age_s:.1f} s"

    def _counted(self) -> dict[str, int]:
        counts = self._vitals.counts.value
        if counts is None:
            return {}
        return {
            "waiting": counts.waiting,
            "prioritized": counts.prioritized,
            "active": counts.active,
            "completed": counts.completed,
            "failed": counts.failed,
            "delayed": counts.delayed,
            "total": counts.total,
        }


def _asked(name: str, asked: Snapshot[T], trouble: str | None, well: str) -> Check:
    """Tell of a question that was put to others."""
    age_s = asked.age_s if math.isfinite(asked.age_s) else None
    return Check(name, trouble is None, trouble or well, asked.took_s, age_s)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
