"""Routes that paint one picture of a preview, whether it exists or not."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from preview_worker.api.bodies import read_body
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.services import Contributor, Reader, Served, Services, Still

router = APIRouter(tags=["stills"])

Moment = Annotated[float, Query(ge=0, le=86_400, description="Seconds after the beginning")]
Form = Annotated[Literal["png", "jpeg", "webp"], Query(alias="format", description="File format")]
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/webp": {}, "image/png": {}}}
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.post("/stills", response_class=Response, responses=_PICTURE, openapi_extra=_BODY)
async def paint_payload(
    request: Request, services: Served, _: Contributor, at: Moment = 0.0, form: Form = "webp"
) -> Response:
    """Paint what the preview of a payload would show at a moment; nothing is queued or kept."""
    payload = await read_body(request, services.max_body_bytes)
    return _answer(await _painted(services, payload, at, form))


@router.get("/jobs/{job_id}/still", response_class=Response, responses=_PICTURE)
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
