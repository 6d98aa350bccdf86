"""Jobs by the names of the upstream client: submitted, looked at, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from preview_worker.api.admission import admit_payload
from preview_worker.api.bodies import read_object
from preview_worker.api.description import EXAMPLE, PAYLOAD_SHAPE, answers, body_of
from preview_worker.api.documents import Accepted, artifact_path, links_of
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.problems import (
    CONFLICT,
    INVALID,
    NOT_FOUND,
    QUEUE_AWAY,
    QUEUE_FULL,
    WRONG_TYPE,
    Problem,
)
from preview_worker.api.refusals import PAYLOAD_KINDS, problem_of
from preview_worker.api.services import Contributor, Reader, Served, Services
from preview_worker.api.summaries import outcome_of
from preview_worker.api.upstream.spelling import TAG, OlderRoute, as_bad_request
from preview_worker.contract import PreviewError, in_client_words
from preview_worker.queue import JobRecord, JobRefusedError

router = APIRouter(route_class=OlderRoute, tags=[TAG])

_LOG = "render.log"


_SUBMITTED: dict[str, Any] = {
    "status_code": 202,
    "responses": answers(
        CONFLICT,
        WRONG_TYPE,
        QUEUE_FULL,
        QUEUE_AWAY,
        *(as_bad_request(kind) for kind in (INVALID, *PAYLOAD_KINDS)),
    ),
    "openapi_extra": body_of(PAYLOAD_SHAPE, EXAMPLE),
}
_TOLD = answers(NOT_FOUND, QUEUE_AWAY)


@router.post("/api/preview/job", **_SUBMITTED)
@router.post("/api/preview/jobs", **_SUBMITTED)
async def submit(request: Request, services: Served, principal: Contributor) -> dict[str, str]:
    """Add a job: ``{jobId, status}``. A payload that cannot be rendered is answered 400."""
    payload = await _readable(request, services)
    accepted = await _admitted(services, principal, payload)
    return {"jobId": accepted.job_id, "status": "queued"}


@router.get("/api/preview/queue/metrics", responses=answers(QUEUE_AWAY))
async def queue_metrics(services: Served, _: Reader) -> dict[str, int]:
    """Count the jobs as the upstream client does.

    Jobs with a priority, which are all of that client's, wait too and are counted as waiting.
    """
    counts = await services.controls.counts()
    return {
        "waiting": counts.ready,
        "active": counts.active,
        "completed": counts.completed,
        "failed": counts.failed,
        "delayed": counts.delayed,
        "total": counts.total,
    }


@router.get("/api/preview/job/{job_id}/status", responses=_TOLD)
@router.get("/api/preview/jobs/{job_id}/status", responses=_TOLD)
async def client_status(job_id: JobId, services: Served, principal: Reader) -> dict[str, Any]:
    """Tell how a job fares; ``status`` is BullMQ's word for it, as the upstream client has it."""
    return await _told(services, principal, job_id)


@router.get("/api/preview/status/{job_id}", responses=_TOLD)
@router.get("/api/preview/{job_id}/status", responses=_TOLD)
async def status(job_id: JobId, services: Served, principal: Reader) -> dict[str, Any]:
    """Tell how a job fares; ``status`` is queued, running, success or failed."""
    told = await _told(services, principal, job_id)
    return {**told, "status": told["outcome"]}


async def find_named(services: Services, principal: Principal, job_id: str) -> JobRecord:
    """Return a job; raise ``Problem`` (404) in the upstream client's words when there is none."""
    try:
        return await find_job(services, principal, job_id)
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            raise Problem(NOT_FOUND, f"Job {job_id} not found") from None
        raise


async def _told(services: Services, principal: Principal, job_id: str) -> dict[str, Any]:
    record = await find_named(services, principal, job_id)
    told = record.status
    names = await services.reading.read(_published, services, principal, job_id)
    return {
        **told.as_client_tells(),
        "state": told.state,
        "outcome": outcome_of(told.state),
        "artifactUrls": [artifact_path(told.id, name) for name in names],
        "logs_url": artifact_path(told.id, _LOG) if _LOG in names else links_of(told.id).self,
    }


def _published(services: Services, principal: Principal, job_id: str) -> list[str]:
    """Return the names of the files that can be had."""
    with services.previews.opened(job_id) as preview:
        if preview is None or not principal.sees(preview.record.project_id):
            return []
        return [file.name for file in preview.record.files]


async def _readable(request: Request, services: Services) -> Mapping[str, object]:
    try:
        return await read_object(request, services.max_body_bytes)
    except PreviewError as error:
        raise _bad_request(error) from None


async def _admitted(
    services: Services, principal: Principal, payload: Mapping[str, object]
) -> Accepted:
    try:
        return await admit_payload(services, principal, payload, None)
    except (PreviewError, JobRefusedError) as error:
        raise _bad_request(error) from None


def _bad_request(error: PreviewError | JobRefusedError) -> Problem:
    """Return a refusal as the upstream service tells all of them: 400, whatever the cause."""
    told = problem_of(in_client_words(error) if isinstance(error, PreviewError) else error)
    return Problem(as_bad_request(told.kind), told.detail)
