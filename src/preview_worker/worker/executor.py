"""One job, told once: read, look whether it is done already, render, publish, say how it ended."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass

from preview_worker import __version__
from preview_worker.artifacts import (
    Fence,
    FencedError,
    PreviewDraft,
    PreviewStore,
    PublishedPreview,
)
from preview_worker.assets import AssetFetcher, Fetched, NoFetcher
from preview_worker.contract import (
    PART_NAME,
    ErrorCode,
    ParsedJob,
    PayloadLimits,
    PreviewError,
    RenderedPreview,
    read_job,
)
from preview_worker.events import (
    DefectFound,
    JobStarted,
    Observer,
    PreviewPublished,
    RenderSkipped,
    TraceContext,
    WorkerPhase,
)
from preview_worker.queue import (
    Completed,
    Failed,
    JobQueue,
    LeasedJob,
    LeaseLostError,
    Outcome,
    QueueUnavailableError,
    Retry,
)
from preview_worker.worker.fetching import Supplier
from preview_worker.worker.journal import Journal
from preview_worker.worker.losses import lost_parts
from preview_worker.worker.parts import PartFilmer
from preview_worker.worker.phases import observed_phase
from preview_worker.worker.ports import Renderer, RenderTask
from preview_worker.worker.supply import is_exhaustion

_FENCE_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt whose payload was read."""

    job: LeasedJob
    parsed: ParsedJob
    journal: Journal
    trace: TraceContext | None


class Executor:
    """Turns a leased job into an outcome. It never settles: that is the runner's."""

    def __init__(
        self,
        queue: JobQueue,
        renderer: Renderer,
        store: PreviewStore,
        observer: Observer,
        limits: PayloadLimits | None = None,
        *,
        fetcher: AssetFetcher | None = None,
    ) -> None:
        """Render with ``renderer`` and publish to ``store`` while ``queue`` keeps the lock.

        Without a ``fetcher``, assets at other hosts are refused.
        """
        self._queue = queue
        self._renderer = renderer
        self._store = store
        self._observer = observer
        self._limits = limits
        self._supplier = Supplier(fetcher or NoFetcher(), renderer, observer)
        self._parts = PartFilmer(queue, renderer, store, observer, self._supplier)

    async def execute(self, job: LeasedJob, trace: TraceContext | None = None) -> Outcome:
        """Return how the attempt ended; raise ``LeaseLostError`` if its lock was lost before.

        The preview's manifest names the attempt's ``trace``.
        """
        async with Journal(self._queue, job, self._observer) as journal:
            try:
                result = await self._result(job, journal, trace)
            except PreviewError as error:
                journal.log(f"{error.code.code}: {error.message}")
                return outcome_of(error)
            except FencedError as error:
                raise LeaseLostError(str(error)) from error
            except (LeaseLostError, QueueUnavailableError):
                raise
            except Exception as error:  # noqa: BLE001 -- a job's surprise must not end the worker
                if is_exhaustion(error):
                    return outcome_of(PreviewError(ErrorCode.EXHAUSTED))
                return self._defect(job, error)
            journal.finish()
            return Completed(result)

    async def _result(
        self, job: LeasedJob, journal: Journal, trace: TraceContext | None
    ) -> Mapping[str, object]:
        if job.name == PART_NAME:
            return await self._parts.film(job, journal, self._limits)
        return (await self._attempt(job, journal, trace)).result

    async def _attempt(
        self, job: LeasedJob, journal: Journal, trace: TraceContext | None
    ) -> PublishedPreview:
        with observed_phase(self._observer, job.id, "parse"):
            parsed = read_job(job.payload, transport_id=job.id, limits=self._limits)
        attempt = _Attempt(job, parsed, journal, trace)
        self._announce(attempt)
        async with AsyncExitStack() as held:
            fetched = await self._supplier.fetch(job.id, parsed.job, journal, held)
            return await self._bring(attempt, fetched)

    def _phase(self, attempt: _Attempt, phase: WorkerPhase) -> AbstractContextManager[None]:
        return observed_phase(self._observer, attempt.job.id, phase)

    async def _bring(self, attempt: _Attempt, fetched: Fetched) -> PublishedPreview:
        """Return the preview that is published already, or render and publish it."""
        wanted = attempt.parsed.job
        with self._phase(attempt, "digest"):
            digest = await self._renderer.digest(wanted, fetched)
            published = await self._store.find(wanted.project_id, wanted.job_id)
        if published is not None and published.input_digest == digest:
            self._observer.observe(RenderSkipped(job_id=attempt.job.id))
            attempt.journal.log("already published for this input; nothing to render")
            return published
        return await self._render(attempt, digest, fetched)

    async def _render(self, attempt: _Attempt, digest: str, fetched: Fetched) -> PublishedPreview:
        job, wanted = attempt.job, attempt.parsed.job
        staging = await self._store.stage(wanted.project_id, wanted.job_id, job.attempts_started)
        try:
            room, live = staging.directory, staging.live
            lost = await lost_parts(self._queue, job, wanted)
            task = RenderTask(job.id, wanted, room, digest, live, fetched, lost=lost)
            began_s = time.monotonic()
            with self._phase(attempt, "render"):
                rendered = await self._renderer.render(task, attempt.journal.report)
            render_s = time.monotonic() - began_s
            draft = _draft(attempt, digest, rendered)
            with self._phase(attempt, "publish"):
                published = await self._store.publish(staging, draft, self._fence(job))
        finally:
            await self._store.discard(staging)
        if published.attempt == job.attempts_started:
            self._conclude(attempt, rendered, published, render_s)
        else:
            attempt.journal.log("another attempt has published the same preview meanwhile")
        return published

    def _fence(self, job: LeasedJob) -> Fence:
        async def number(above: int) -> int | None:
            # A finished render is worth waiting for: if the queue stays away too long the lock is
            # lost, and whoever runs this attempt cancels it.
            while True:
                try:
                    return await self._queue.confirm(job, above)
                except QueueUnavailableError:
                    await asyncio.sleep(_FENCE_PAUSE_S)

        return number

    def _announce(self, attempt: _Attempt) -> None:
        job, parsed, journal = attempt.job, attempt.parsed, attempt.journal
        wanted = parsed.job
        self._observer.observe(
            JobStarted(
                job_id=job.id,
                project_id=wanted.project_id,
                request_id=wanted.request_id,
                attempt=job.attempts_started,
                dry_run=wanted.dry_run,
            )
        )
        journal.log(f"start {job.attempts_started} by preview worker {__version__}")
        for notice in parsed.notices:
            journal.log(f"notice {notice.code}: {notice.message}")

    def _conclude(
        self,
        attempt: _Attempt,
        rendered: RenderedPreview,
        published: PublishedPreview,
        render_s: float,
    ) -> None:
        journal = attempt.journal
        duration_s = rendered.media.duration_s if rendered.media else 0.0
        self._observer.observe(
            PreviewPublished(
                job_id=attempt.job.id,
                size_bytes=published.size_bytes,
                duration_s=duration_s,
                phases_s={**journal.phases_s, **rendered.phases_s},
                render_s=render_s,
                shots=rendered.shots,
                reused_shots=rendered.reused_shots,
                phases=rendered.phases,
                placeholders=len(rendered.placeholders),
            )
        )
        for finding in rendered.findings:
            journal.log(f"finding {finding.code}: {finding.message}")
        journal.log(f"published {rendered.frames} frames, {published.size_bytes} bytes")

    def _defect(self, job: LeasedJob, error: Exception) -> Failed:
        trace = "".join(traceback.format_exception(error))
        self._observer.observe(DefectFound(job_id=job.id, trace=trace))
        message = f"{ErrorCode.INTERNAL.public_message} ({type(error).__name__})"
        return Failed(ErrorCode.INTERNAL.code, message)


def outcome_of(error: PreviewError) -> Retry | Failed:
    """Decide by the error's class whether the job may be tried again."""
    if error.code.retryable:
        return Retry(error.code.code, error.message)
    return Failed(error.code.code, error.message)


def _mark(digest: str, rendered: RenderedPreview) -> str:
    """Return what a preview is known by: with placeholders, it is none that the input asks for.

    Nor is it the same as one that lacks other scenes, so the better of them takes its place.
    """
    if not rendered.placeholders:
        return digest
    lacking = json.dumps(sorted(rendered.placeholders)).encode()
    return f"{digest}-lacks-{hashlib.sha256(lacking).hexdigest()[:16]}"


def _draft(attempt: _Attempt, digest: str, rendered: RenderedPreview) -> PreviewDraft:
    wanted = attempt.parsed.job
    return PreviewDraft(
        job_id=wanted.job_id,
        project_id=wanted.project_id,
        request_id=wanted.request_id,
        attempt=attempt.job.attempts_started,
        trace_id=attempt.trace.trace_id if attempt.trace else None,
        input_digest=_mark(digest, rendered),
        renderer=__version__,
        rendered=rendered,
        steps=len(wanted.request.steps),
        assets=len(wanted.request.assets),
        notices=attempt.parsed.notices,
        unknown_fields={
            **(wanted.model_extra or {}),
            **(wanted.request.model_extra or {}),
            **wanted.values_at(rendered.unread),
        },
    )
