"""Routes that paint one picture of a preview, whether it exists or not."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from preview_worker.api.bodies import read_body
from preview_worker.api.description import PAYLOAD_SHAPE, Answers, answers, body_of
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.problems import NOT_FOUND, QUEUE_AWAY
from preview_worker.api.refusals import kind_of
from preview_worker.api.services import Contributor, Reader, Served, Services, Still
from preview_worker.contract import ErrorCode

router = APIRouter(tags=["stills"])

Moment = Annotated[float, Query(ge=0, le=86_400, description="Seconds after the beginning")]
Form = Annotated[Literal["png", "jpeg", "webp"], Query(alias="format", description="File format")]
_PICTURE: Answers = {
    200: {
        "description": "The picture",
        "content": {"image/webp": {}, "image/png": {}, "image/jpeg": {}},
        "headers": {
            "X-Preview-Seconds": {
                "description": "How long the whole preview is",
                "schema": {"type": "number"},
            }
        },
    },
    **answers(*(kind_of(code) for code in ErrorCode)),
}
_PICTURE_OF_JOB: Answers = {
    **_PICTURE,
    **answers(NOT_FOUND, QUEUE_AWAY, *(kind_of(code) for code in ErrorCode)),
}


@router.post(
    "/stills", response_class=Response, responses=_PICTURE, openapi_extra=body_of(PAYLOAD_SHAPE)
)
async def paint_payload(
    request: Request, services: Served, _: Contributor, at: Moment = 0.0, form: Form = "webp"
) -> Response:
    """Paint what the preview of a payload would show at a moment; nothing is queued or kept."""
    payload = await read_body(request, services.max_body_bytes)
    return _answer(await _painted(services, payload, at, form))


@router.get("/jobs/{job_id}/still", response_class=Response, responses=_PICTURE_OF_JOB)
async def paint_job(
    job_id: JobId, services: Served, principal: Reader, at: Moment = 0.0, form: Form = "webp"
) -> Response:
    """Paint what the preview of a job shows at a moment, before it is rendered as well as after."""
    record = await find_job(services, principal, job_id)
    return _answer(await _painted(services, record.payload, at, form))


async def _painted(
    services: Services, payload: bytes, at: float, form: Literal["png", "jpeg", "webp"]
) -> Still:
    return await services.stills.paint(payload, Fraction(at).limit_denominator(1000), form)


def _answer(still: Still) -> Response:
    headers = {"cache-control": "no-store", "x-preview-seconds": f"{still.seconds:.3f}"}
    return Response(still.content, media_type=still.media_type, headers=headers)
