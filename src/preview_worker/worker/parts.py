"""One part of a batch: filmed into the shared cache for the worker that renders the whole."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

from preview_worker import __version__
from preview_worker.contract import (
    PHASE_PERCENTS,
    ErrorCode,
    PartJob,
    PayloadLimits,
    PreviewError,
    PreviewJob,
    RenderedPreview,
    read_job,
    read_part,
)
from preview_worker.events import JobStarted, Observer, PartFilmed
from preview_worker.queue import JobQueue, LeasedJob, ParentJob, QueueUnavailableError
from preview_worker.render import PartWish
from preview_worker.worker.isolation import film_around
from preview_worker.worker.phases import observed_phase
from preview_worker.worker.ports import Renderer, RenderTask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from preview_worker.artifacts import PreviewStore
    from preview_worker.assets import Fetched
    from preview_worker.worker.fetching import Supplier
    from preview_worker.worker.journal import Journal

_PARENT_PAUSE_S = 0.1
PARTS_PERCENT = PHASE_PERCENTS["probe"]
"""What the parent's progress says when all of its parts are done: all is rendered by then."""


class PartFilmer:
    """Films parts. Each of them saves its parent time, and changes nothing of the preview."""

    def __init__(
        self,
        queue: JobQueue,
        renderer: Renderer,
        store: PreviewStore,
        observer: Observer,
        supplier: Supplier,
    ) -> None:
        """Film with ``renderer``; ``store`` gives room and knows what is published already."""
        self._queue = queue
        self._renderer = renderer
        self._store = store
        self._observer = observer
        self._supplier = supplier

    async def film(
        self, job: LeasedJob, journal: Journal, limits: PayloadLimits | None
    ) -> Mapping[str, object]:
        """Return what the parent is told of its part.

        Where nobody waits for the part any more, or the preview is there, nothing is filmed. Raises
        ``PreviewError`` for a part that cannot be read or that is no part of a preview, and as a
        render does.
        """
        with observed_phase(self._observer, job.id, "parse"):
            part = read_part(job.payload, limits)
            parent = await self._parent(job)
            whole = _whole(part, parent, limits) if parent and not parent.ended else None
        if whole is None:
            journal.log("nobody waits for this part any more; nothing to film")
            return _result(part, None)
        self._announce(job, part, journal)
        async with AsyncExitStack() as held:
            fetched = await self._supplier.fetch(job.id, whole, journal, held)
            filmed = await self._film(job, part, whole, journal, fetched)
        with suppress(QueueUnavailableError):
            await self._queue.advance_parent(job, PARTS_PERCENT)
        return _result(part, filmed)

    async def _parent(self, job: LeasedJob) -> ParentJob | None:
        if job.parent_key is None:
            told = "This is a part, but no job of the queue is its parent."
            raise PreviewError(ErrorCode.PAYLOAD, told)
        while True:  # if the queue stays away too long, whoever runs this attempt cancels it
            try:
                return await self._queue.parent_of(job)
            except QueueUnavailableError:
                await asyncio.sleep(_PARENT_PAUSE_S)

    def _announce(self, job: LeasedJob, part: PartJob, journal: Journal) -> None:
        self._observer.observe(
            JobStarted(
                job_id=job.id,
                project_id=part.project_id,
                request_id=part.request_id,
                attempt=job.attempts_started,
                dry_run=False,
            )
        )
        told = f"part {part.number} of {part.count} by preview worker {__version__}"
        journal.log(f"start {job.attempts_started}, {told}")

    async def _film(
        self, job: LeasedJob, part: PartJob, whole: PreviewJob, journal: Journal, fetched: Fetched
    ) -> RenderedPreview | None:
        if await self._is_published(job, whole, fetched):
            journal.log("already published for this input; nothing to film")
            return None
        staging = await self._store.stage(whole.project_id, job.id, job.attempts_started)
        try:
            alone = whole.on_part_failure == "placeholder"
            wish = PartWish(part.number, part.count, alone)
            task = RenderTask(job.id, whole, staging.directory, fetched=fetched, part=wish)
            began_s = time.monotonic()
            with observed_phase(self._observer, job.id, "render"):
                filmed = await film_around(self._renderer, task, journal.report)
        finally:
            await self._store.discard(staging)
        self._conclude(job, part, filmed, time.monotonic() - began_s)
        return filmed

    async def _is_published(self, job: LeasedJob, whole: PreviewJob, fetched: Fetched) -> bool:
        """Tell whether there is nothing left to film for.

        Where nothing is published, the request is not digested: for that, all of it is planned.
        """
        with observed_phase(self._observer, job.id, "digest"):
            published = await self._store.find(whole.project_id, whole.job_id)
            if published is None:
                return False
            return published.input_digest == await self._renderer.digest(whole, fetched)

    def _conclude(
        self, job: LeasedJob, part: PartJob, filmed: RenderedPreview, render_s: float
    ) -> None:
        self._observer.observe(
            PartFilmed(
                job_id=job.id,
                number=part.number,
                count=part.count,
                shots=filmed.shots,
                reused_shots=filmed.reused_shots,
                render_s=render_s,
            )
        )


def _whole(part: PartJob, parent: ParentJob, limits: PayloadLimits | None) -> PreviewJob:
    """Return the job that ``part`` is of; raise ``PreviewError`` unless that has such parts."""
    whole = read_job(parent.payload, transport_id=parent.id, limits=limits).job
    if whole.project_id != part.project_id:
        told = "The part and its parent are not of the same project."
        raise PreviewError(ErrorCode.PAYLOAD, told)
    if whole.dry_run:
        raise PreviewError(ErrorCode.PAYLOAD, "A dry run films nothing, so it has no parts.")
    return whole


def _result(part: PartJob, filmed: RenderedPreview | None) -> dict[str, object]:
    return {
        "status": "filmed" if filmed else "skipped",
        "jobId": part.job_id,
        "part": part.number,
        "parts": part.count,
        "shots": filmed.shots if filmed else 0,
        "reusedShots": filmed.reused_shots if filmed else 0,
    }
