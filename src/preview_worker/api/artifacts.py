"""Routes that hand out the files of previews, finished ones and those that are still growing."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from preview_worker.api.description import Answers, answers
from preview_worker.api.documents import ArtifactLine, ArtifactList
from preview_worker.api.handing import FOREVER, hand_out, is_elsewhere_welcome
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.problems import NOT_FOUND, QUEUE_AWAY, UNSATISFIABLE, Problem
from preview_worker.api.services import Reader, Served, Services
from preview_worker.api.summaries import FINAL, JobSummary, summarise
from preview_worker.artifacts import StoredFile, ViewedPreview

router = APIRouter(tags=["artifacts"])

FileName = Annotated[str, Path(max_length=400, description="As the manifest names it")]
VIDEO = "preview"
"""Stands for the video, whatever its container."""
_PLAYLIST = "index.m3u8"
_PIECE = re.compile(r"index\.m3u8|init\.mp4|[0-9]{1,8}\.m4s")
_LIVE_TYPES = {"m3u8": "application/vnd.apple.mpegurl", "mp4": "video/mp4", "m4s": "video/mp4"}
_GROWING = "no-store"
_PATIENCE_S = 15.0
_NOTHING = 204
_LOOK_S = 0.05
_HEADERS = {
    name: {"description": what, "schema": {"type": "string"}}
    for name, what in (
        ("ETag", "The SHA-256 of the whole file"),
        ("Content-Disposition", "Its name, and whether a browser is to show it"),
    )
}
FILE_ANSWERS: Answers = {
    200: {"description": "The file", "content": {"*/*": {}}, "headers": _HEADERS},
    206: {"description": "The part that was asked for", "content": {"*/*": {}}},
    304: {"description": "The file is the one whose tag was sent"},
    307: {"description": "It is read from object storage, where that is wanted"},
    **answers(NOT_FOUND, UNSATISFIABLE),
}
"""What a route says with ``responses=`` that hands out a file."""


@router.get("/jobs/{job_id}/artifacts", responses=answers(NOT_FOUND))
async def list_artifacts(job_id: JobId, services: Served, principal: Reader) -> ArtifactList:
    """List the files of a job's preview, with the manifest."""
    return await services.reading.read(_listed, services, principal, job_id)


def _listed(services: Services, principal: Principal, job_id: str) -> ArtifactList:
    with services.previews.opened(job_id) as preview:
        found = require_preview(principal, preview, job_id)
        return ArtifactList(
            job_id=job_id,
            project_id=found.record.project_id,
            artifacts=[ArtifactLine.of(job_id, file) for file in found.record.files],
        )


_LIVE: Answers = {
    **FILE_ANSWERS,
    _NOTHING: {"description": "The job has ended, and there never was anything to watch"},
    **answers(NOT_FOUND, UNSATISFIABLE, QUEUE_AWAY),
}
_ARTIFACT = "/jobs/{job_id}/artifacts/{name:path}"


@router.get(_ARTIFACT, response_class=Response, responses=FILE_ANSWERS)
@router.head(_ARTIFACT, response_class=Response, responses=FILE_ANSWERS)
async def read_artifact(
    job_id: JobId,
    name: FileName,
    request: Request,
    services: Served,
    principal: Reader,
    v: Annotated[str | None, Query(max_length=64, description="The file's SHA-256")] = None,
) -> Response:
    """Hand out a file, or the part of it that ``Range`` asks for; ``preview`` is the video.

    An address with ``v`` never leads to anything else, so the answer may be kept for ever.
    """

    def answer() -> Response:
        with services.previews.opened(job_id) as preview:
            found = require_preview(principal, preview, job_id)
            file = named_file(found, name)
            if file is None or (v is not None and v != file.sha256):
                raise Problem(NOT_FOUND, f"The preview of job {job_id} has no such file.")
            return open_file(request, found, file, fixed=v is not None)

    return await services.reading.read(answer)


@router.get("/jobs/{job_id}/live/{name}", response_class=Response, responses=_LIVE)
async def read_live(
    job_id: JobId, name: FileName, request: Request, services: Served, principal: Reader
) -> Response:
    """Hand out the playlist of a preview that is being rendered (HLS), or one of its pieces.

    The playlist of a job that has not ended is waited for, so that a player can ask at once; 204
    when there never was one.
    """
    job = summarise(await find_job(services, principal, job_id))
    if name == _PLAYLIST:
        await _until_it_grows(services, job)
    folder = services.previews.live_folder(job.project_id, job_id)
    if name == _PLAYLIST and (folder is None or not (folder / name).exists()):
        return Response(status_code=_NOTHING)  # it ended before there was anything to see
    if folder is None or _PIECE.fullmatch(name) is None:
        raise Problem(NOT_FOUND, f"There is nothing of job {job_id} to watch while it is rendered.")
    return _growing(request, folder, name)


async def _until_it_grows(services: Services, job: JobSummary) -> None:
    """Return when there is a playlist, when the job has ended, or after a while."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline_s:
        folder = services.previews.live_folder(job.project_id, job.id)
        known = services.keeper.index.get(job.id)
        ended = known is None or known.state in FINAL
        if ended or (folder is not None and (folder / _PLAYLIST).exists()):
            return
        await asyncio.sleep(_LOOK_S)


def _growing(request: Request, folder: FilePath, name: str) -> Response:
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        raise Problem(NOT_FOUND, f"{name} is not there.") from None
    content = os.fdopen(descriptor, "rb", buffering=0)
    size_bytes = os.fstat(descriptor).st_size
    version = f"{folder.name}-{size_bytes}"
    media_type = _LIVE_TYPES[name.rpartition(".")[2]]
    file = StoredFile(name, "live", media_type, size_bytes, version)
    return hand_out(request, content, file, caching=_GROWING)


def open_file(
    request: Request, preview: ViewedPreview, file: StoredFile, *, fixed: bool = False
) -> Response:
    """Answer with a file of a preview, one that may be kept for ever if it is ``fixed``."""
    if is_elsewhere_welcome(request, file) and (address := preview.address(file)) is not None:
        return RedirectResponse(address, headers={"cache-control": _GROWING})
    try:
        content = preview.open(file)
    except OSError:
        raise Problem(NOT_FOUND, f"{file.name} is gone.") from None
    return hand_out(request, content, file, **({"caching": FOREVER} if fixed else {}))


def named_file(preview: ViewedPreview, name: str) -> StoredFile | None:
    """Return a file by its name, or the video by that of no file; None when there is none."""
    if name != VIDEO:
        return preview.file(name)
    return next((file for file in preview.record.files if file.kind == "video"), None)


def require_preview(
    principal: Principal, preview: ViewedPreview | None, job_id: str
) -> ViewedPreview:
    """Return a preview; raise ``Problem`` (404) when there is none, or none for ``principal``."""
    if preview is None or not principal.sees(preview.record.project_id):
        raise Problem(NOT_FOUND, f"There is no preview of job {job_id}.")
    return preview
