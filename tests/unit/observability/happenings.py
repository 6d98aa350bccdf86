"""One event of every class, and a queue that can be made slow, silent or broken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from preview_worker import events
from preview_worker.observability import HealthSettings, Snapshot

TRACE = events.TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")

EVENTS: tuple[events.Event, ...] = (
    events.WorkerStarted(queue="preview-jobs", concurrency=2, version="0.1.0"),
    events.WorkerDraining(active=1, grace_s=25.0),
    events.IntakeStopped(reason="disk: 3 MiB are free"),
    events.IntakeResumed(stopped_s=12.5),
    events.PreviewRetired(project="p", job="j", size_bytes=9, age_s=86400.5, reason="age"),
    events.WorkerStopped(handed_back=1),
    events.ProbesServing(host="127.0.0.1", port=3000),
    events.QueueConnected(away_s=0.0),
    events.QueueUnreachable(reason="connection refused"),
    events.ClockCompared(skew_s=0.5),
    events.JobLeased(job_id="job-1", attempt=1, wait_s=0.25, trace=TRACE),
    events.JobStarted(
        job_id="job-1", project_id="project-1", request_id="request-1", attempt=1, dry_run=False
    ),
    events.PhaseEnded(job_id="job-1", phase="parse", duration_s=0.002),
    events.AssetFetched(
        job_id="job-1",
        host="img.example.org",
        size_bytes=7,
        cached=False,
        tries=2,
        duration_s=0.5,
        code="transient.asset",
    ),
    events.JobProgressed(job_id="job-1", percent=40, phase="paint"),
    events.RenderSkipped(job_id="job-1"),
    events.PartFilmed(job_id="job-1", number=2, count=4, shots=9, reused_shots=3, render_s=1.5),
    events.ScenesShared(
        job_id="job-1",
        found=3,
        missed=2,
        kept=2,
        failed=1,
        received_bytes=300,
        sent_bytes=200,
        waited_s=0.5,
    ),
    events.PreviewPublished(
        job_id="job-1", size_bytes=1000, duration_s=85.0, phases_s={"paint": 0.5, "encode": 2.0}
    ),
    events.JobSettled(job_id="job-1", result="completed", duration_s=3.0, dry_run=False),
    events.LeaseLost(job_id="job-1"),
    events.LeaseRegained(job_id="job-1"),
    events.JobsRecovered(job_ids=("job-2", "job-3")),
    events.CancelRequested(job_id="job-5", reason="not wanted any more", running=True),
    events.JobPutAside(job_id="job-8", project_id="project-8"),
    events.JobPoisoned(job_id="job-4", reason="the options are not JSON"),
    events.LetterReplayed(job_id="job-5", code="transient.disk", result="replayed"),
    events.LetterDropped(job_id="job-6", code="invalid.payload"),
    events.JobSubmitted(
        queue="preview-jobs", job_id="job-7", project_id="project-7", duplicate=False
    ),
    events.QueueSteered(
        queue="preview-jobs",
        deed="clean",
        result="done",
        job_ids=("job-8",),
        count=1,
        detail="failed",
    ),
    events.LoginAttempted(address="192.0.2.7", key="", result="refused"),
    events.WebhookAttempted(
        delivery_id="msg_1",
        host="hooks.example.org",
        tries=2,
        result="retried",
        age_s=6.0,
        wait_s=12.5,
        reason="it answered 503",
    ),
    events.ChildExited(job_id="job-1", status="ok", wall_s=3.0, cpu_s=2.5, rss_kib=300_000),
    events.ChildRestarted(job_id="job-1", reason="crash"),
    events.WallsInspected(mode="full", landlock=7, tried=44, ways_out=(), refusal=None),
    events.DefectFound(job_id="job-1", trace="Traceback: KeyError"),
)


def published(
    duration_s: float = 60, shots: int = 0, reused_shots: int = 0
) -> events.PreviewPublished:
    """Return the publication of 500 bytes, which took 4 s to render."""
    return events.PreviewPublished(
        job_id="j",
        size_bytes=500,
        duration_s=duration_s,
        phases_s={},
        render_s=4,
        shots=shots,
        reused_shots=reused_shots,
    )


@dataclass(frozen=True)
class Counts:
    """Jobs by state, all different."""

    waiting: int = 1
    prioritized: int = 2
    active: int = 3
    delayed: int = 4
    completed: int = 5
    failed: int = 6
    waiting_children: int = 7
    paused: bool = False
    total: int = 28


@dataclass(frozen=True)
class Tally:
    """What became of jobs, all different."""

    completed: int = 800
    failed: int = 90
    dead_letters: int = 10


@dataclass(frozen=True)
class Room:
    """A disk."""

    size_bytes: int = 4000
    free_bytes: int = 1000


@dataclass
class FakeQueue:
    """Counts jobs, unless ``error`` is set or it is ``silent``."""

    error: Exception | None = None
    silent: bool = False
    asked: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def counts(self) -> Counts:
        """Answer, fail, or never answer."""
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        self.answered.set()
        return Counts()

    async def tally(self) -> Tally:
        """Answer as ``counts`` does."""
        await self.counts()
        return Tally()


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


async def room() -> Room:
    """Measure no disk at all."""
    return Room()


def snapshot_of(queue: FakeQueue, clock: Clock) -> Snapshot[Counts]:
    """Return a snapshot of that queue's counts by that clock."""
    return Snapshot(queue.counts, HealthSettings(), clock)
