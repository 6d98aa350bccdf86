"""Routes that tell of jobs, and steer single ones."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from preview_worker.api.description import answers
from preview_worker.api.documents import JobDetail, JobLine, JobList, Steered
from preview_worker.api.index import JobQuery, Order
from preview_worker.api.keys import Principal
from preview_worker.api.problems import BAD_REQUEST, CONFLICT, NOT_FOUND, QUEUE_AWAY, Problem
from preview_worker.api.services import Contributor, Operator, Reader, Served, Services
from preview_worker.api.summaries import JobSummary, summarise
from preview_worker.queue import CancelAnswer, JobRecord, JobState

router = APIRouter(tags=["jobs"])

JobId = Annotated[str, Path(min_length=1, max_length=255, description="The job's id")]
Status = Literal["queued", "running", "success", "failed"]
_ACCEPTED = 202
STATES: dict[str, tuple[JobState, ...]] = {
    "queued": (
        JobState.WAITING,
        JobState.PRIORITIZED,
        JobState.DELAYED,
        JobState.WAITING_CHILDREN,
    ),
    "running": (JobState.ACTIVE,),
    "success": (JobState.COMPLETED,),
    "failed": (JobState.FAILED,),
}


class JobFilter(BaseModel):
    """Which jobs a list is to show; what is not given does not matter."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    state: list[JobState] = Field(default_factory=list, description="BullMQ's states")
    status: list[Status] = Field(default_factory=list, description="The states in other words")
    q: str = Field("", max_length=200, description="Part of what is known of a job")
    project_id: str = Field("", alias="projectId", max_length=255)
    request_id: str = Field("", alias="requestId", max_length=255)
    code: str = Field("", max_length=64, description="An error code, or invalid.*")
    since: int | None = Field(None, ge=0, description="Added then or later, POSIX milliseconds")
    until: int | None = Field(None, ge=0, description="Added before then, POSIX milliseconds")
    cursor: str | None = Field(None, max_length=600, description="From the page before: 'next'")
    limit: int = Field(50, ge=1, le=200)

    def query(self, projects: frozenset[str]) -> JobQuery:
        """Return what is looked for, by somebody who may see ``projects``."""
        return JobQuery(
            states={*self.state}.union(*(STATES[one] for one in self.status)),
            text=self.q,
            project_id=self.project_id,
            request_id=self.request_id,
            code=self.code,
            since_ms=self.since,
            until_ms=self.until,
            projects=projects,
        )


@router.get("/jobs", responses=answers(QUEUE_AWAY))
async def list_jobs(
    wanted: Annotated[JobFilter, Query()], services: Served, principal: Reader
) -> JobList:
    """List jobs, the newest first."""
    after = None if wanted.cursor is None else read_cursor(wanted.cursor)
    query = wanted.query(principal.projects)
    page = (await services.keeper.whole()).page(query, after=after, limit=wanted.limit)
    return JobList(
        jobs=[JobLine.of(job) for job in page.jobs],
        total=page.total,
        next=None if page.after is None else make_cursor(page.after),
    )


@router.get("/jobs/{job_id}", responses=answers(NOT_FOUND, QUEUE_AWAY))
async def show_job(job_id: JobId, services: Served, principal: Reader) -> JobDetail:
    """Tell everything that is known of a job."""
    record = await find_job(services, principal, job_id)
    line = JobLine.of(summarise(record))
    return JobDetail(
        **line.model_dump(),
        payload=_json(record.payload),
        result=record.status.return_value,
        worker=record.worker,
        history=list(record.trace),
        logs=list(await services.catalogue.logs(job_id)),
    )


_STEERED = answers(NOT_FOUND, CONFLICT, QUEUE_AWAY)


@router.post("/jobs/{job_id}/cancel", status_code=_ACCEPTED, responses=_STEERED)
async def cancel_job(job_id: JobId, services: Served, principal: Contributor) -> Steered:
    """End a job that has not ended; one that runs is ended by its worker within a second."""
    await find_job(services, principal, job_id)
    reason = f"Cancelled by {principal.name}"
    answer = await services.controls.cancel(job_id, reason)
    return Steered(
        job_id=job_id, result="cancelled" if answer is CancelAnswer.CANCELLED else "requested"
    )


@router.post("/jobs/{job_id}/retry", status_code=_ACCEPTED, responses=_STEERED)
async def retry_job(job_id: JobId, services: Served, principal: Operator) -> Steered:
    """Have a failed job run again, with all its attempts."""
    record = await find_job(services, principal, job_id)
    if record.status.state is not JobState.FAILED:
        raise Problem(CONFLICT, f"Job {job_id} is {record.status.state}, not failed.")
    await services.controls.retry(job_id, fresh=True)
    return Steered(job_id=job_id, result="retried")


@router.post("/jobs/{job_id}/promote", status_code=_ACCEPTED, responses=_STEERED)
async def promote_job(job_id: JobId, services: Served, principal: Operator) -> Steered:
    """Have a delayed job wait at once."""
    await find_job(services, principal, job_id)
    await services.controls.promote(job_id)
    return Steered(job_id=job_id, result="promoted")


async def find_job(services: Services, principal: Principal, job_id: str) -> JobRecord:
    """Return a job; raise ``Problem`` (404) when there is none, or none for ``principal``."""
    found = (await services.catalogue.find([job_id])).get(job_id)
    if found is None or not principal.sees(summarise(found).project_id):
        raise Problem(NOT_FOUND, f"There is no job {job_id}.")
    return found


def seen(principal: Principal, job: JobSummary | None) -> JobSummary | None:
    """Return ``job`` if it is any of the principal's business."""
    return job if job is not None and principal.sees(job.project_id) else None


def make_cursor(order: Order) -> str:
    """Return a place in the list as text for an address."""
    return base64.urlsafe_b64encode(json.dumps(order).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Order:
    """Return the place that a cursor stands for; raise ``Problem`` for one that is not ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        added_at_ms, job_id = json.loads(raw)
    except (ValueError, TypeError):
        raise Problem(BAD_REQUEST, "The cursor is none of ours; take it from 'next'.") from None
    if not isinstance(added_at_ms, int) or not isinstance(job_id, str):
        raise Problem(BAD_REQUEST, "The cursor is none of ours; take it from 'next'.")
    return added_at_ms, job_id


def _json(raw: bytes) -> object:
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value
