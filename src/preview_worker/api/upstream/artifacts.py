"""Files of previews where earlier services had them: the video of a job, and the static tree."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from preview_worker.api.artifacts import (
    FILE_ANSWERS,
    VIDEO,
    FileName,
    named_file,
    open_file,
    require_preview,
)
from preview_worker.api.description import answers
from preview_worker.api.documents import quoted
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId
from preview_worker.api.problems import NOT_FOUND, Problem
from preview_worker.api.services import Reader, Served
from preview_worker.api.upstream.spelling import TAG, OlderRoute
from preview_worker.artifacts import StoredFile, ViewedPreview

router = APIRouter(route_class=OlderRoute, tags=[TAG])

_VIDEO = "/api/preview/{job_id}/artifact"
_STATIC = "/previews/{project_id}/{job_id}/{name:path}"


@router.get("/api/preview/job/{job_id}/artifact", responses=answers(NOT_FOUND))
async def find_video(job_id: JobId, services: Served, principal: Reader) -> dict[str, str]:
    """Tell where the video of a job's preview is: ``{url}``, once it is there."""

    def look() -> None:
        with services.previews.opened(job_id) as preview:
            _video_of(principal, preview, job_id)

    await services.reading.read(look)
    return {"url": f"/api/preview/{quoted(job_id)}/artifact"}


@router.get(_VIDEO, response_class=Response, responses=FILE_ANSWERS)
@router.head(_VIDEO, response_class=Response, responses=FILE_ANSWERS)
async def read_video(
    job_id: JobId, request: Request, services: Served, principal: Reader
) -> Response:
    """Hand out the video of a job's preview, or the part of it that ``Range`` asks for."""

    def answer() -> Response:
        with services.previews.opened(job_id) as preview:
            found, file = _video_of(principal, preview, job_id)
            return open_file(request, found, file)

    return await services.reading.read(answer)


@router.get(_STATIC, response_class=Response, responses=FILE_ANSWERS)
@router.head(_STATIC, response_class=Response, responses=FILE_ANSWERS)
async def read_static(
    project_id: str,
    job_id: JobId,
    name: FileName,
    request: Request,
    services: Served,
    principal: Reader,
) -> Response:
    """Hand out a file as the static server of earlier services did, from the manifest's list."""

    def answer() -> Response:
        with services.previews.opened(job_id, project_id) as preview:
            found = require_preview(principal, preview, job_id)
            file = found.file(name)
            if file is None:
                raise Problem(NOT_FOUND, f"The preview of job {job_id} has no such file.")
            return open_file(request, found, file)

    return await services.reading.read(answer)


def _video_of(
    principal: Principal, preview: ViewedPreview | None, job_id: str
) -> tuple[ViewedPreview, StoredFile]:
    found = require_preview(principal, preview, job_id)
    file = named_file(found, VIDEO)
    if file is None:
        raise Problem(NOT_FOUND, f"The preview of job {job_id} was planned and not rendered.")
    return found, file
