"""Previews of single chapters, by the two routes that earlier services had for them.

Both used to write a file and leave it at that. Here they add a job like any other, so what they
promise is rendered, and everything else that there is for jobs works with their ids as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field

from preview_worker.api.admission import admit_payload
from preview_worker.api.artifacts import VIDEO, named_file
from preview_worker.api.bodies import read_object
from preview_worker.api.description import answers, body_of
from preview_worker.api.documents import Document, Outcome
from preview_worker.api.envelope import API_VERSION, request_id_of
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId
from preview_worker.api.problems import (
    BAD_REQUEST,
    INVALID,
    NOT_FOUND,
    QUEUE_AWAY,
    QUEUE_FULL,
    WRONG_TYPE,
    Problem,
)
from preview_worker.api.refusals import PAYLOAD_KINDS
from preview_worker.api.services import Contributor, Reader, Served, Services
from preview_worker.api.summaries import outcome_of
from preview_worker.api.upstream.jobs import find_named
from preview_worker.api.upstream.spelling import TAG, OlderRoute
from preview_worker.artifacts import preview_folder

router = APIRouter(route_class=OlderRoute, tags=[TAG])

_ACCEPTED = 202
_TITLE_S, _STEP_S = 3, 4
"""By these the earlier service estimated how long a chapter would be."""
_NO_PROJECT = "default"
_SWITCH = {"": False, "0": False, "false": False, "1": True, "true": True}

_CHAPTER_PARTS = {"title": {"type": "string"}, "steps": {"type": "array"}}
_CHAPTER = {"type": "object", "required": ["steps"], "properties": _CHAPTER_PARTS}
_CHAPTER_SHAPE = {
    "type": "object",
    "required": ["projectId", "chapterId", "chapter"],
    "properties": {
        "projectId": {"type": "string", "minLength": 1},
        "chapterId": {"type": "string", "minLength": 1},
        "chapter": _CHAPTER,
    },
}
_CHAPTER_EXAMPLE = {
    "projectId": "gem-collectors",
    "chapterId": "turns",
    "chapter": {"title": "Your turn", "steps": [{"id": "s1", "text": "Take a gem."}]},
}
_CHAPTERS_SHAPE = {
    "type": "object",
    "required": ["chapterId", "chapters"],
    "properties": {
        "projectId": {"type": "string"},
        "chapterId": {"type": "string", "minLength": 1},
        "chapters": {
            "type": "array",
            "items": {**_CHAPTER, "properties": {"id": {"type": "string"}, **_CHAPTER_PARTS}},
        },
    },
}
_ADDED = answers(WRONG_TYPE, QUEUE_FULL, QUEUE_AWAY, *PAYLOAD_KINDS)

Switch = Annotated[str | None, Query(alias="dryRun", description="true, or 1")]
SwitchHeader = Annotated[str | None, Header(alias="x-mobius-dry-run", description="1, or true")]
Version = Annotated[str | None, Header(alias="x-api-version", description="v1")]


class ChapterAccepted(Document):
    """A chapter that is in the queue."""

    status: Literal["queued", "dry_run"]
    request_id: Annotated[str, Field(description="Of the request, and in every line of its log")]
    job_token: Annotated[str, Field(description="The job's id")]
    preview_path: Annotated[
        str, Field(description="Its preview.json once it is done, relative to DATA_DIR")
    ]


class PreviewPromised(Document):
    """A preview that will be."""

    ok: Literal[True] = True
    preview_id: Annotated[str, Field(description="The job's id")]
    chapter_id: str
    chapter_title: str
    preview_path: Annotated[str, Field(description="The video, relative to DATA_DIR")]
    estimated_duration: Annotated[
        int, Field(description="Seconds: 3 for the title and 4 for each step")
    ]
    generated_at: datetime


class PreviewFound(Document):
    """A preview that is, or that will be."""

    ok: Literal[True] = True
    preview_id: str
    exists: Annotated[bool, Field(description="Whether the video is there")]
    size: Annotated[int, Field(description="Its bytes")]
    created_at: str | None
    path: Annotated[str | None, Field(description="The video, relative to DATA_DIR")]
    status: Outcome


@router.post(
    "/api/preview",
    status_code=_ACCEPTED,
    responses=_ADDED,
    openapi_extra=body_of(_CHAPTER_SHAPE, _CHAPTER_EXAMPLE),
)
async def preview_chapter(
    request: Request,
    services: Served,
    principal: Contributor,
    by_query: Switch = None,
    by_header: SwitchHeader = None,
    version: Version = None,
) -> ChapterAccepted:
    """Have a chapter rendered: ``{projectId, chapterId, chapter: {title, steps}}``."""
    if version not in (None, API_VERSION):
        raise Problem(BAD_REQUEST, f"This is version {API_VERSION}, not {version}.")
    body = await read_object(request, services.max_body_bytes)
    dry_run = _is_on(by_query) or _is_on(by_header)
    project_id, chapter = _chapter_in(body)
    request_id = request_id_of(request.scope)
    payload = _payload(project_id, request_id, chapter, dry_run=dry_run)
    job_id = (await admit_payload(services, principal, payload, None)).job_id
    return ChapterAccepted(
        status="dry_run" if dry_run else "queued",
        request_id=request_id,
        job_token=job_id,
        preview_path=f"{preview_folder(project_id, job_id)}/preview.json",
    )


@router.post(
    "/preview",
    responses={**_ADDED, **answers(NOT_FOUND)},
    openapi_extra=body_of(_CHAPTERS_SHAPE),
)
async def preview_one_of(
    request: Request, services: Served, principal: Contributor
) -> PreviewPromised:
    """Have one of several chapters rendered: ``{chapterId, chapters}``, ``projectId`` if wanted."""
    body = await read_object(request, services.max_body_bytes)
    chapter_id, chapters = body.get("chapterId"), body.get("chapters")
    if not isinstance(chapter_id, str) or not chapter_id or not isinstance(chapters, list):
        raise Problem(BAD_REQUEST, "chapterId and chapters are required")
    named = (one for one in chapters if isinstance(one, dict) and one.get("id") == chapter_id)
    chapter = next(named, None)
    if chapter is None:
        raise Problem(NOT_FOUND, f"Chapter {chapter_id} not found")
    project_id = body.get("projectId") or _project_of(principal)
    if not isinstance(project_id, str):
        raise Problem(BAD_REQUEST, "projectId must be a string")
    payload = _payload(project_id, request_id_of(request.scope), chapter)
    job_id = (await admit_payload(services, principal, payload, None)).job_id
    title, steps = chapter.get("title"), chapter.get("steps")
    return PreviewPromised(
        preview_id=job_id,
        chapter_id=chapter_id,
        chapter_title=title if isinstance(title, str) else "",
        preview_path=f"{preview_folder(project_id, job_id)}/preview.mp4",
        estimated_duration=_TITLE_S + _STEP_S * (len(steps) if isinstance(steps, list) else 0),
        generated_at=datetime.now(UTC),
    )


@router.get("/preview/{preview_id}", responses=answers(NOT_FOUND, QUEUE_AWAY))
async def find_preview(preview_id: JobId, services: Served, principal: Reader) -> PreviewFound:
    """Tell whether a preview is there yet, and where."""
    found = await services.reading.read(_published, services, principal, preview_id)
    if found is not None:
        return found
    record = await find_named(services, principal, preview_id)
    outcome = outcome_of(record.status.state)
    return PreviewFound(
        preview_id=preview_id, exists=False, size=0, created_at=None, path=None, status=outcome
    )


def _published(services: Services, principal: Principal, job_id: str) -> PreviewFound | None:
    with services.previews.opened(job_id) as preview:
        if preview is None or not principal.sees(preview.record.project_id):
            return None
        video = named_file(preview, VIDEO)
        return PreviewFound(
            preview_id=job_id,
            exists=video is not None,
            size=0 if video is None else video.size_bytes,
            created_at=str(preview.document["createdAt"]),
            path=None if video is None else f"{preview.place}/{video.name}",
            status="success",
        )


def _chapter_in(body: Mapping[str, object]) -> tuple[str, dict[str, Any]]:
    """Return the project and the chapter that a request names; raise ``Problem`` if it cannot."""
    chapter = body.get("chapter")
    missing = [name for name in ("projectId", "chapterId") if not body.get(name)]
    if missing or not isinstance(chapter, dict):
        missing += [] if isinstance(chapter, dict) else ["chapter"]
        raise Problem(BAD_REQUEST, f"Missing {', '.join(missing)}")
    project_id, chapter_id = body["projectId"], body["chapterId"]
    if not isinstance(project_id, str) or not isinstance(chapter_id, str):
        raise Problem(BAD_REQUEST, "projectId and chapterId must be strings")
    if not isinstance(chapter.get("steps"), list):
        raise Problem(INVALID, "chapter.steps must be an array")
    return project_id, {"id": chapter_id, **chapter}


def _payload(
    project_id: str, request_id: str, chapter: Mapping[str, object], *, dry_run: bool = False
) -> dict[str, object]:
    return {
        "projectId": project_id,
        "requestId": request_id,
        "dryRun": dry_run,
        "previewRequest": {"chapter": chapter, "steps": [], "assets": [], "audio": {}},
    }


def _project_of(principal: Principal) -> str:
    """Return the project of those whose request names none: their only one, if they have one."""
    return min(principal.projects) if len(principal.projects) == 1 else _NO_PROJECT


def _is_on(switch: str | None) -> bool:
    known = _SWITCH.get((switch or "").strip().lower())
    if known is None:
        raise Problem(BAD_REQUEST, "dryRun is true or false")
    return known
