"""Routes that add jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from preview_worker.api.admission import admit_payload
from preview_worker.api.bodies import read_json, read_object
from preview_worker.api.description import EXAMPLE, PAYLOAD_SHAPE, Answers, answers, body_of
from preview_worker.api.documents import Accepted, BatchAnswer, BatchEntry
from preview_worker.api.keys import Principal
from preview_worker.api.problems import (
    CONFLICT,
    INVALID,
    QUEUE_AWAY,
    QUEUE_FULL,
    WRONG_TYPE,
    Problem,
)
from preview_worker.api.refusals import DECODING_KINDS, PAYLOAD_KINDS, problem_of
from preview_worker.api.services import Contributor, Served, Services
from preview_worker.contract import PreviewError
from preview_worker.queue import JobRefusedError

MAX_BATCH = 100
_OK = 200
_ACCEPTED = 202

router = APIRouter(tags=["jobs"])

IdempotencyKey = Annotated[
    str | None,
    Header(description="Sent again with the same payload it finds the job that is there already"),
]


_ADDED = {"headers": {"Location": {"description": "The job", "schema": {"type": "string"}}}}
_SUBMITTED: Answers = {
    _OK: {"description": "It is there already", "model": Accepted, **_ADDED},
    _ACCEPTED: _ADDED,
    **answers(CONFLICT, WRONG_TYPE, QUEUE_FULL, QUEUE_AWAY, *PAYLOAD_KINDS),
}


@router.post(
    "/jobs",
    status_code=_ACCEPTED,
    responses=_SUBMITTED,
    openapi_extra=body_of(PAYLOAD_SHAPE, EXAMPLE),
)
async def submit_job(
    request: Request,
    response: Response,
    services: Served,
    principal: Contributor,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Add a job. The same payload again, by its jobId or its key, is answered 200 with that job."""
    payload = await read_object(request, services.max_body_bytes)
    accepted = await admit_payload(services, principal, payload, idempotency_key)
    response.headers["location"] = accepted.links.self
    if accepted.duplicate:
        response.status_code = _OK
        response.headers["idempotent-replay"] = "true"
    return accepted


_BATCH_SHAPE = {
    "type": "object",
    "required": ["jobs"],
    "properties": {
        "jobs": {"type": "array", "minItems": 1, "maxItems": MAX_BATCH, "items": PAYLOAD_SHAPE}
    },
}


@router.post(
    "/jobs/batch",
    responses=answers(WRONG_TYPE, QUEUE_AWAY, *DECODING_KINDS),
    openapi_extra=body_of(_BATCH_SHAPE, {"jobs": [EXAMPLE]}),
)
async def submit_batch(request: Request, services: Served, principal: Contributor) -> BatchAnswer:
    """Add up to a hundred jobs. Each is answered by itself, in order: accepted, or a problem."""
    body = await read_json(request, services.max_body_bytes)
    jobs = body.get("jobs") if isinstance(body, dict) else None
    if not isinstance(jobs, list) or not 1 <= len(jobs) <= MAX_BATCH:
        raise Problem(INVALID, f"'jobs' must be a list of 1 to {MAX_BATCH} payloads.")
    return BatchAnswer(results=[await _admit_one(services, principal, one) for one in jobs])


async def _admit_one(services: Services, principal: Principal, payload: object) -> BatchEntry:
    if not isinstance(payload, dict):
        kind = INVALID
        return BatchEntry(status=kind.status, code=kind.code, detail="It is no JSON object.")
    try:
        accepted = await admit_payload(services, principal, payload, None)
    except (Problem, PreviewError, JobRefusedError) as error:
        problem = problem_of(error)
        return BatchEntry(
            status=problem.kind.status,
            code=problem.kind.code,
            detail=problem.detail,
            errors=[fault.document() for fault in problem.faults],
        )
    return BatchEntry(
        status=_OK if accepted.duplicate else _ACCEPTED,
        job_id=accepted.job_id,
        links=accepted.links,
    )
