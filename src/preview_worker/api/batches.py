"""Routes of batches: previews whose parts any workers film."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preview_worker.api.admission import admit_payload
from preview_worker.api.batch_documents import Batch, BatchAccepted, BatchParts, batch_path
from preview_worker.api.bodies import read_object
from preview_worker.api.description import EXAMPLE, PAYLOAD_SHAPE, Answers, answers, body_of
from preview_worker.api.documents import links_of
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.problems import (
    CONFLICT,
    INVALID,
    NOT_FOUND,
    QUEUE_AWAY,
    QUEUE_FULL,
    WRONG_TYPE,
    Fault,
    Problem,
)
from preview_worker.api.refusals import PAYLOAD_KINDS
from preview_worker.api.services import Contributor, Reader, Served, Services
from preview_worker.api.submitting import IdempotencyKey
from preview_worker.api.summaries import summarise
from preview_worker.contract import MAX_PARTS, BatchPlan, OnFailure
from preview_worker.queue import ChildCounts

_OK = 200
_ACCEPTED = 202

router = APIRouter(tags=["batches"])


class _Wanted(BaseModel):
    """What is asked for beside the payload."""

    model_config = ConfigDict(extra="forbid", strict=True)

    job: dict[str, object]
    parts: Annotated[int, Field(ge=1)] = BatchPlan().parts
    on_failure: Annotated[OnFailure, Field(alias="onFailure")] = "render"


_SHAPE = {
    "type": "object",
    "required": ["job"],
    "additionalProperties": False,
    "properties": {
        "job": PAYLOAD_SHAPE,
        "parts": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PARTS,
            "default": BatchPlan().parts,
            "description": "Into how many parts it is cut; no more than may wait in the queue",
        },
        "onFailure": {
            "enum": list(get_args(OnFailure)),
            "default": "render",
            "description": "When a part fails: render it with the whole, show marked placeholders "
            "for what it did not film, or fail the whole",
        },
    },
}
_ADDED = {"headers": {"Location": {"description": "The batch", "schema": {"type": "string"}}}}
_SUBMITTED: Answers = {
    _OK: {"description": "It is there already", "model": BatchAccepted, **_ADDED},
    _ACCEPTED: _ADDED,
    **answers(CONFLICT, WRONG_TYPE, QUEUE_FULL, QUEUE_AWAY, *PAYLOAD_KINDS),
}


@router.post(
    "/batches",
    status_code=_ACCEPTED,
    responses=_SUBMITTED,
    openapi_extra=body_of(_SHAPE, {"job": EXAMPLE, "parts": 4}),
)
async def submit_batch(
    request: Request,
    response: Response,
    services: Served,
    principal: Contributor,
    idempotency_key: IdempotencyKey = None,
) -> BatchAccepted:
    """Add a preview whose parts any workers film. The same again is answered 200 with that batch.

    The batch has the id of its job, which can be looked at, followed and cancelled like any other.
    """
    wanted = _read(await read_object(request, services.max_body_bytes), services)
    plan = BatchPlan(wanted.parts, wanted.on_failure)
    accepted = await admit_payload(services, principal, wanted.job, idempotency_key, plan)
    if accepted.duplicate:
        await _check_batch(services, accepted.job_id)
        response.status_code = _OK
        response.headers["idempotent-replay"] = "true"
    response.headers["location"] = batch_path(accepted.job_id)
    return BatchAccepted(
        batch_id=accepted.job_id,
        duplicate=accepted.duplicate,
        batch=batch_path(accepted.job_id),
        links=accepted.links,
    )


@router.get("/batches/{job_id}", responses=answers(NOT_FOUND, QUEUE_AWAY))
async def show_batch(job_id: JobId, services: Served, principal: Reader) -> Batch:
    """Tell how far a batch is: its job, and how many of its parts are done."""
    record = await find_job(services, principal, job_id)
    counts = await services.submitter.parts(job_id)
    if counts is None:
        raise Problem(NOT_FOUND, f"Job {job_id} is not a batch.")
    summary = summarise(record)
    return Batch(
        batch_id=job_id,
        state=summary.state,
        status=summary.outcome,
        progress=summary.percent,
        parts=_told(counts),
        placeholders=_placeholders(record.status.return_value),
        batch=batch_path(job_id),
        links=links_of(job_id),
    )


def _read(body: dict[str, object], services: Services) -> _Wanted:
    try:
        wanted = _Wanted.model_validate(body)
    except ValidationError as error:
        faults = [
            Fault("".join(f"/{part}" for part in one["loc"]), one["msg"]) for one in error.errors()
        ]
        told = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:3])
        raise Problem(INVALID, told, faults) from None
    if wanted.parts > services.most_parts:
        told = f"A batch has at most {services.most_parts} parts here."
        raise Problem(INVALID, told, (Fault("/parts", told),))
    return wanted


async def _check_batch(services: Services, job_id: str) -> None:
    """Refuse a job that was added by itself before; one that is gone may have been anything."""
    if await services.submitter.parts(job_id) is None and await services.catalogue.find([job_id]):
        raise Problem(CONFLICT, f"Job {job_id} exists and is not a batch.")


def _told(counts: ChildCounts) -> BatchParts:
    return BatchParts(
        total=counts.total,
        open=counts.open,
        completed=counts.completed,
        failed=counts.ignored + counts.failed,
    )


def _placeholders(result: object) -> list[str]:
    """Return what a worker of ours said of placeholders; any other may have returned anything."""
    told = result.get("placeholders") if isinstance(result, dict) else None
    return [str(scene) for scene in told] if isinstance(told, list) else []
