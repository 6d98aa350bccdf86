"""All previews of a project in one archive, for those who take them elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from preview_worker.api.description import Answers, answers
from preview_worker.api.documents import Document, quoted
from preview_worker.api.handing import ASK_AGAIN
from preview_worker.api.keys import Principal
from preview_worker.api.problems import NOT_FOUND, Problem
from preview_worker.api.ranges import is_known
from preview_worker.api.services import Reader, Served, Services
from preview_worker.api.upstream.spelling import TAG, OlderRoute
from preview_worker.artifacts import Bundle, BundleChangedError, Bundler, folder_name

router = APIRouter(route_class=OlderRoute, tags=[TAG])

ProjectId = Annotated[str, Path(min_length=1, max_length=255, description="The project's id")]
Token = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="From the answer to POST")]
_NOT_MODIFIED = 304
_ARCHIVE = "/api/projects/{project_id}/export/{token}.zip"
_ANSWERS: Answers = {
    200: {"description": "The archive", "content": {"application/zip": {}}},
    _NOT_MODIFIED: {"description": "The archive is the one whose tag was sent"},
    **answers(NOT_FOUND),
}


class ProjectExport(Document):
    """An archive that can be had."""

    ok: Literal[True] = True
    status: Literal["success"] = "success"
    job_token: Annotated[str, Field(description="Names what is in the archive")]
    url: Annotated[str, Field(description="Where the ZIP is; nothing else is ever found there")]
    previews: Annotated[int, Field(description="How many it holds")]
    files: int
    size: Annotated[int, Field(description="Bytes in all its files")]
    generated_at: datetime


@router.post("/api/projects/{project_id}/export", responses=answers(NOT_FOUND))
async def export_project(
    project_id: ProjectId, services: Served, principal: Reader
) -> ProjectExport:
    """Have all previews of a project in one ZIP. It is made when it is fetched, and not kept."""
    bundle = await services.reading.read(_bundle_of, services, principal, project_id)
    return ProjectExport(
        job_token=bundle.token,
        url=f"/api/projects/{quoted(project_id)}/export/{bundle.token}.zip",
        previews=len(bundle.previews),
        files=sum(one.files for one in bundle.previews),
        size=sum(one.size_bytes for one in bundle.previews),
        generated_at=datetime.now(UTC),
    )


@router.get(_ARCHIVE, response_class=Response, responses=_ANSWERS)
@router.head(_ARCHIVE, response_class=Response, responses=_ANSWERS)
async def read_export(
    project_id: ProjectId, token: Token, request: Request, services: Served, principal: Reader
) -> Response:
    """Hand out the archive that a token names; 404 once the project's previews are others."""
    bundle = await services.reading.read(_bundle_of, services, principal, project_id)
    if bundle.token != token:
        raise Problem(NOT_FOUND, "The previews have changed since. Ask for a new export.")
    name = f"{folder_name(bundle.previews[0].project_id)}-{token[:8]}.zip"
    headers = {
        "cache-control": ASK_AGAIN,
        "content-disposition": f'attachment; filename="{name}"',
        "etag": f'"{token}"',
    }
    if is_known(request.headers, headers["etag"]):
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    if request.method == "HEAD":
        return Response(headers=headers, media_type="application/zip")
    pieces = services.reading.each(_pieces(Bundler(services.previews), bundle))
    return StreamingResponse(pieces, headers=headers, media_type="application/zip")


def _pieces(bundler: Bundler, bundle: Bundle) -> Iterator[bytes]:
    """Yield the archive, or less when a preview was replaced meanwhile.

    What names its entries stands at the end of a ZIP, so nobody takes the less for the whole.
    """
    with contextlib.suppress(BundleChangedError):
        yield from bundler.pieces(bundle)


def _bundle_of(services: Services, principal: Principal, project_id: str) -> Bundle:
    bundle = Bundler(services.previews).plan(project_id)
    if not bundle.previews or not principal.sees(bundle.previews[0].project_id):
        raise Problem(NOT_FOUND, f"There is no preview of project {project_id}.")
    return bundle
