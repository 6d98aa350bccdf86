"""The pages about jobs, and what keeps them alive."""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from preview_worker.api.crier import Change
from preview_worker.api.documents import Document, QueueDocument
from preview_worker.api.index import JobQuery
from preview_worker.api.keys import Principal, Role
from preview_worker.api.looking import STATES, JobId, make_cursor, read_cursor, seen
from preview_worker.api.page.breakdown import break_down, read_reuse
from preview_worker.api.page.pulse import take_pulse
from preview_worker.api.page.searching import read_search
from preview_worker.api.page.showing import sketch_preview
from preview_worker.api.page.sketches import Sketch, sketch_job
from preview_worker.api.page.templating import page, part
from preview_worker.api.problems import NOT_FOUND, Problem
from preview_worker.api.services import Reader, Served, Services
from preview_worker.api.steering import queue_document
from preview_worker.api.summaries import JobSummary, summarise
from preview_worker.api.telling import Audience, event_text, removal_text, stream_changes
from preview_worker.artifacts import ViewedPreview
from preview_worker.contract import PreviewError
from preview_worker.queue import JobRecord, JobState

router = APIRouter(include_in_schema=False)

_PAGE = 100
_MOST_ROWS = 1000
_REMEMBERED = 5000
_ROWS_KEPT = 512
_SHOWN_CHARS = 200_000


class Glance(Document):
    """What is above a list of jobs."""

    counts: str
    pulse: str
    paused: bool
    total: int


class _Choice:
    """Which jobs a list shows, as its address says."""

    def __init__(
        self,
        q: Annotated[str, Query(max_length=200)] = "",
        status: Annotated[str, Query(max_length=20)] = "",
    ) -> None:
        self.text = q
        self.status = status if status in STATES else ""

    def query(self, principal: Principal) -> JobQuery:
        """Return which jobs somebody sees of those that are meant."""
        return read_search(self.text, self.status, principal)

    @property
    def address(self) -> str:
        """The choice as the query of an address."""
        chosen = {"q": self.text, "status": self.status}
        return urlencode({name: value for name, value in chosen.items() if value})


Choice = Annotated[_Choice, Depends(_Choice)]


@router.get("/")
async def show_jobs(
    request: Request,
    services: Served,
    principal: Reader,
    choice: Choice,
    cursor: Annotated[str | None, Query(max_length=600)] = None,
    rows: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = _PAGE,
) -> Response:
    """Show the queue at a glance and the newest jobs, or those from a cursor on."""
    index = await services.keeper.whole()
    place = services.keeper.place
    after = None if cursor is None else read_cursor(cursor)
    found = index.page(choice.query(principal), after=after, limit=rows)
    queue = await queue_document(services)
    return page(
        request,
        services,
        principal,
        "jobs.html",
        queue=queue,
        hour=_hour(services, queue),
        older=after is not None,
        jobs=[sketch_job(job) for job in found.jobs],
        total=found.total,
        next=None if found.after is None else make_cursor(found.after),
        text=choice.text,
        chosen=choice.status,
        query=choice.address,
        place=place,
    )


@router.get("/glance")
async def show_glance(services: Served, principal: Reader, choice: Choice) -> Glance:
    """Tell an open list what is above it by now; its rows come by themselves."""
    index = services.keeper.index
    queue = await queue_document(services)
    return Glance(
        counts=part("counts", queue, choice.status, choice.text),
        pulse=part("pulse", _hour(services, queue)),
        paused=queue.paused,
        total=index.page(choice.query(principal), limit=0).total,
    )


def _hour(services: Services, queue: QueueDocument) -> Sketch:
    keeper = services.keeper
    return take_pulse(keeper.index, keeper.drain, queue, time.time())


@router.get("/live")
async def stream_rows(
    request: Request,
    services: Served,
    principal: Reader,
    choice: Choice,
    after: Annotated[str | None, Query(max_length=40)] = None,
    begun: Annotated[str | None, Query(alias="from", max_length=40)] = None,
) -> Response:
    """Tell a list of its rows as they change: the row itself, or that it no longer belongs."""
    last = request.headers.get("last-event-id") or after or begun
    rows = _Rows(services, principal, choice.query(principal))
    return stream_changes(services, Audience(rows.told, last))


class _Rows:
    """Puts changes into rows for one list."""

    def __init__(self, services: Services, principal: Principal, query: JobQuery) -> None:
        self._services = services
        self._principal = principal
        self._query = query
        self._states: dict[str, JobState] = {}

    def told(self, change: Change) -> bytes:
        if change.topic == "removed":
            return removal_text(self._principal, change)
        if change.topic != "job":
            return event_text(change.place, change.topic, {})
        job = seen(self._principal, self._services.keeper.index.get(change.job_id))
        if job is None:
            return b""
        moved = self._states.get(job.id) is not job.state
        if len(self._states) > _REMEMBERED:
            self._states.clear()
        self._states[job.id] = job.state
        html = _row_of(job, self._principal.role) if self._query.matches(job) else ""
        return event_text(change.place, "row", {"id": job.id, "html": html, "moved": moved})


@lru_cache(_ROWS_KEPT)
def _row_of(job: JobSummary, role: Role) -> str:
    """Make the row of a job: once for all who may do the same with it."""
    return part("row", sketch_job(job), role >= Role.SUBMIT, role >= Role.OPERATE)


@router.get("/jobs/{job_id}")
async def show_job(
    job_id: JobId,
    request: Request,
    services: Served,
    principal: Reader,
    origin: Annotated[str, Query(alias="from", max_length=255)] = "",
) -> Response:
    """Show one job: its preview, playing while it is rendered, and everything that is known.

    ``from`` is the job whose payload was edited to become this one. What the queue knows is shown
    when the preview cannot be reached, too.
    """
    record = (await services.catalogue.find([job_id])).get(job_id)
    trouble = ""

    def looked_at(*, alone: bool) -> dict[str, Any]:
        with nullcontext() if alone else services.previews.opened(job_id) as preview:
            job = _known(record, preview, job_id)
            if job is None or not principal.sees(job.project_id):
                raise Problem(NOT_FOUND, f"There is no job {job_id}.")
            return _job_values(job, record, preview)

    alone = record is not None and record.status.state is not JobState.COMPLETED
    try:
        values = await services.reading.read(looked_at, alone=alone)
    except PreviewError as error:
        if record is None:
            raise
        trouble, values = error.message, looked_at(alone=True)
    values |= {"logs": await services.catalogue.logs(job_id), "trouble": trouble, "origin": origin}
    return page(request, services, principal, "job.html", **values)


def _known(
    record: JobRecord | None, preview: ViewedPreview | None, job_id: str
) -> JobSummary | None:
    """Return what is known of a job; a preview outlives its job in the queue."""
    if record is not None:
        return summarise(record)
    if preview is None:
        return None
    return JobSummary(
        id=job_id,
        state=JobState.COMPLETED,
        project_id=preview.record.project_id,
        title=str(preview.document.get("title", "")),
        dry_run=preview.record.dry_run,
        max_attempts=0,
    )


def _job_values(
    job: JobSummary, record: JobRecord | None, preview: ViewedPreview | None
) -> dict[str, Any]:
    shown = preview if job.state is JobState.COMPLETED else None
    sketch: Sketch = {
        **sketch_job(job),
        "worker": record.worker if record else None,
        "full_reason": record.status.failed_reason if record else None,
    }
    told = sketch_preview(job.id, shown) if shown else None
    if told is not None:
        sketch["title"] = sketch["title"] or told["title"]
    return {
        "job": sketch,
        "preview": told,
        "breakdown": break_down(
            job, shown.document if shown else None, read_reuse(shown) if shown else None
        ),
        "history": record.trace if record else (),
        "payload": _payload_text(record.payload) if record else "",
    }


def _payload_text(raw: bytes) -> str:
    try:
        text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = raw.decode(errors="replace")
    return text[:_SHOWN_CHARS]
