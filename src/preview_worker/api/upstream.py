"""The routes that earlier services of Mobius have named, spelled and answered as they did."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from preview_worker.api.admission import admit_payload
from preview_worker.api.bodies import read_object
from preview_worker.api.description import answers
from preview_worker.api.documents import artifact_path, links_of
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.problems import NOT_FOUND, QUEUE_AWAY, Problem
from preview_worker.api.refusals import problem_of
from preview_worker.api.services import Contributor, Reader, Served
from preview_worker.api.summaries import outcome_of
from preview_worker.contract import PreviewError
from preview_worker.queue import JobRefusedError

router = APIRouter(prefix="/api/preview", tags=["as upstream"], responses=answers(QUEUE_AWAY))

_ACCEPTED = 202
_FULL = 429
_BAD = 400


@router.post("/job", status_code=_ACCEPTED)
@router.post("/jobs", status_code=_ACCEPTED)
async def submit(request: Request, services: Served, principal: Contributor) -> Response:
    """Add a job: ``{jobId, status}``, or ``{error}`` with 400, and 429 when the queue is full."""
    try:
        payload = await read_object(request, services.max_body_bytes)
        accepted = await admit_payload(services, principal, payload, None)
    except (Problem, PreviewError, JobRefusedError) as error:
        problem = problem_of(error)
        kept = problem.kind.status in (401, 403, 409, 413, 415, _FULL)
        status = problem.kind.status if kept else _BAD
        return JSONResponse({"error": problem.detail}, status, dict(problem.headers))
    return JSONResponse({"jobId": accepted.job_id, "status": "queued"}, _ACCEPTED)


@router.get("/queue/metrics")
async def queue_metrics(services: Served, _: Reader) -> dict[str, int]:
    """Count the jobs as the upstream client does; those with a priority are waiting ones here."""
    counts = await services.controls.counts()
    return {
        "waiting": counts.ready,
        "active": counts.active,
        "completed": counts.completed,
        "failed": counts.failed,
        "delayed": counts.delayed,
        "total": counts.total,
    }


@router.get("/job/{job_id}/status", responses=answers(NOT_FOUND))
@router.get("/jobs/{job_id}/status", responses=answers(NOT_FOUND))
@router.get("/status/{job_id}", responses=answers(NOT_FOUND))
@router.get("/{job_id}/status", responses=answers(NOT_FOUND))
async def status(job_id: JobId, services: Served, principal: Reader) -> dict[str, Any]:
    """Tell how a job fares: the fields of the upstream client, and those of the later proposal."""
    record = await find_job(services, principal, job_id)
    told = record.status
    return {
        **told.as_client_tells(),
        "outcome": outcome_of(told.state),
        "artifactUrls": [artifact_path(told.id, "preview")],
        "logs_url": links_of(told.id).self,
    }
