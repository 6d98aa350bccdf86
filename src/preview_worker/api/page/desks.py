"""The pages where operators do something: log in, submit, compare."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from preview_worker.api.bodies import read_body
from preview_worker.api.handing import hand_out
from preview_worker.api.index import JobQuery
from preview_worker.api.keys import Principal
from preview_worker.api.looking import JobId, find_job
from preview_worker.api.page.showing import compare_scenes, sketch_preview
from preview_worker.api.page.sketches import Sketch, sketch_job
from preview_worker.api.page.templating import STATIC, page
from preview_worker.api.problems import NOT_FOUND, Problem
from preview_worker.api.services import Contributor, Reader, Served, Services
from preview_worker.api.sessions import COOKIE
from preview_worker.queue import JobState

router = APIRouter(include_in_schema=False)

_FORM_BYTES = 4096
_SEE_OTHER = 303
_DAY_S = 86_400
_KNOWN = 50
_THUMBNAIL = "thumbnail.jpg"
_BLANK_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"/>'
_SOON_STALE = {"cache-control": "private, max-age=60"}
"""A job that runs again may have another picture under the same address."""
_BLANK = {
    "projectId": "try",
    "requestId": "by-hand",
    "dryRun": False,
    "previewRequest": {
        "title": "Gem Collectors",
        "steps": [
            {"title": "Take a gem", "text": "Take a gem of any colour from the market."},
            {"title": "Buy a card", "text": "Pay with your gems, then refill the row."},
        ],
        "assets": [],
        "audio": {},
    },
}


@router.get("/login")
async def show_login(
    request: Request, services: Served, where: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Ask for a key."""
    return page(request, services, None, "login.html", trouble="", next=_inside(where))


@router.post("/login")
async def log_in(request: Request, services: Served) -> Response:
    """Open a session for the holder of a key."""
    form = parse_qs((await read_body(request, _FORM_BYTES)).decode(errors="replace"))
    where = _inside(form.get("next", ["/"])[0])
    try:
        cookie = services.gate.open_session(request, form.get("key", [""])[0])
    except Problem as problem:
        return page(
            request,
            services,
            None,
            "login.html",
            status=problem.kind.status,
            trouble=problem.detail,
            next=where,
        )
    response = RedirectResponse(where, _SEE_OTHER)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(services.gate.sessions.lifetime_s),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/logout")
async def log_out() -> Response:
    """Forget the session in this browser."""
    response = RedirectResponse("/login", _SEE_OTHER)
    response.delete_cookie(COOKIE)
    return response


@router.get("/submit")
async def show_submit(
    request: Request,
    services: Served,
    principal: Contributor,
    source: Annotated[str | None, Query(alias="from", max_length=255)] = None,
) -> Response:
    """Show an editor with a payload: a small one, or that of a job to begin with."""
    payload: object = _BLANK
    if source is not None:
        record = await find_job(services, principal, source)
        try:
            payload = json.loads(record.payload)
        except (ValueError, RecursionError):
            payload = {}
        if isinstance(payload, dict):
            payload.pop("jobId", None)  # the same id with another payload would be refused
    text = json.dumps(payload, indent=2, ensure_ascii=False)
    return page(request, services, principal, "submit.html", payload=text, source=source)


@router.get("/compare")
async def show_comparison(
    request: Request,
    services: Served,
    principal: Reader,
    a: Annotated[str | None, Query(max_length=255)] = None,
    b: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """Show two previews side by side, and what changed from scene to scene."""
    query = JobQuery(states=(JobState.COMPLETED,), projects=principal.projects)
    known = services.keeper.index.page(query, limit=_KNOWN).jobs
    values: Sketch = {
        "a": a,
        "b": b,
        "known": [sketch_job(job) for job in known if not job.dry_run],
        "trouble": "",
        "sides": [],
        "scenes": [],
    }
    if a and b:
        values |= await services.reading.read(_comparison, services, principal, a, b)
    return page(request, services, principal, "compare.html", **values)


def _comparison(services: Services, principal: Principal, a: str, b: str) -> Sketch:
    with services.previews.opened(a) as before, services.previews.opened(b) as after:
        for job_id, preview in ((a, before), (b, after)):
            if preview is None or not principal.sees(preview.record.project_id):
                return {"trouble": f"There is no preview of {job_id}."}
        assert before is not None  # noqa: S101 -- looked at in the loop
        assert after is not None  # noqa: S101 -- and this one
        sides = [
            {"id": job_id, **sketch_preview(job_id, preview)}
            for job_id, preview in ((a, before), (b, after))
        ]
        if not all(side["video"] for side in sides):
            return {"trouble": "A dry run has no video to compare."}
        scenes = compare_scenes(before, after)
    return {
        "sides": sides,
        "scenes": scenes,
        "changed": sum(scene["class"] != "same" for scene in scenes),
        "longest": max(side["seconds"] for side in sides),
    }


@router.get("/jobs/{job_id}/thumbnail")
async def read_thumbnail(
    job_id: JobId, request: Request, services: Served, principal: Reader
) -> Response:
    """Hand out the small picture of a preview; a blank one where there is none any more."""

    def answer() -> Response:
        with services.previews.opened(job_id) as preview:
            file = preview.file(_THUMBNAIL) if preview is not None else None
            if preview is None or file is None or not principal.sees(preview.record.project_id):
                return Response(_BLANK_PICTURE, media_type="image/svg+xml", headers=_SOON_STALE)
            try:
                content = preview.open(file)
            except OSError:
                return Response(_BLANK_PICTURE, media_type="image/svg+xml", headers=_SOON_STALE)
            return hand_out(request, content, file, caching=_SOON_STALE["cache-control"])

    return await services.reading.read(answer)


@router.get("/static/{name}")
async def read_static(name: Annotated[str, Path(max_length=100)]) -> Response:
    """Hand out a style sheet, a script or an icon; its address changes with its content."""
    if name not in {entry.name for entry in STATIC.iterdir()}:
        raise Problem(NOT_FOUND, "There is no such file.")
    headers = {"cache-control": f"public, max-age={365 * _DAY_S}, immutable"}
    return FileResponse(STATIC / name, headers=headers)


def _inside(where: str) -> str:
    """Return a path on this server, whatever a link says where to go next."""
    return where if where.startswith("/") and not where.startswith(("//", "/\\")) else "/"


def login_address(path: str) -> str:
    """Return where to log in, to come back to ``path`` then."""
    return f"/login?next={quote(path, safe='/')}"
