"""The HTTP interface as one application: its routes, its errors, and what every answer carries."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match

from preview_worker import __version__
from preview_worker.api import (
    artifacts,
    audit,
    batches,
    dead,
    looking,
    steering,
    stills,
    streaming,
    submitting,
)
from preview_worker.api.cors import cors_rules
from preview_worker.api.description import describe
from preview_worker.api.envelope import Envelope, request_id_of
from preview_worker.api.page import PAGES
from preview_worker.api.page.desks import login_address
from preview_worker.api.page.templating import page
from preview_worker.api.problems import (
    BAD_REQUEST,
    BROKEN,
    INVALID,
    KINDS,
    NOT_FOUND,
    TYPES,
    UNAUTHENTICATED,
    WRONG_METHOD,
    Fault,
    Problem,
    ProblemKind,
    problem_response,
)
from preview_worker.api.refusals import REFUSED, kind_of, problem_of
from preview_worker.api.services import services_of
from preview_worker.api.tracing import trace_id_of
from preview_worker.api.upstream import ROUTERS
from preview_worker.api.upstream.spelling import OlderRoute, in_older_words
from preview_worker.contract import ErrorCode
from preview_worker.events import DefectFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from preview_worker.api.services import Services

PREFIX = "/api/v1"
_SEE_OTHER = 303
_BY_STATUS = {kind.status: kind for kind in (BAD_REQUEST, NOT_FOUND, WRONG_METHOD, BROKEN)}
_DESCRIPTION = """\
Submit how-to-play previews, watch them while they are rendered, and look after the queue.

Every error is a problem document (RFC 9457); its `type` is a page of this server that explains it.
"""


class _Described(FastAPI):
    """An application whose description tells of every error."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, which is put together once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe(self)
        return self.openapi_schema


def create_app(services: Services, more: Sequence[BaseRoute] = ()) -> FastAPI:
    """Build the application that works with ``services``; ``more`` are routes beside these."""
    app = _Described(
        title="Mobius preview worker",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,  # that page would load its parts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.services = services
    if services.cors_origins:
        app.add_middleware(CORSMiddleware, **cors_rules(services.cors_origins))
    app.add_middleware(Envelope)
    for part in (submitting, batches, looking, streaming, artifacts, stills, steering, dead, audit):
        app.include_router(part.router, prefix=PREFIX)
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    app.router.routes.extend(more)
    app.add_api_route(f"{TYPES}{{code}}", explain_problem, include_in_schema=False)
    for error in (Problem, *REFUSED):
        app.add_exception_handler(error, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_refusal)
    app.add_exception_handler(Exception, _answer_defect)
    return app


async def explain_problem(code: str) -> Response:
    """Say what an error means: the page that its ``type`` leads to."""
    kind: ProblemKind | None = KINDS.get(code)
    if kind is None:
        try:
            kind = kind_of(ErrorCode.of(code))
        except ValueError:
            raise Problem(NOT_FOUND, "There is no error of that name.") from None
    document = {"code": kind.code, "status": kind.status, "title": kind.title}
    return JSONResponse(document)


def _answer(request: Request, problem: Problem) -> Response:
    if _for_people(request):
        return _page_of(request, problem)
    older = isinstance(request.scope.get("route"), OlderRoute)
    return problem_response(
        problem,
        path=request.url.path,
        request_id=request_id_of(request.scope),
        trace_id=trace_id_of(request.scope),
        more=in_older_words(problem) if older else None,
    )


def _for_people(request: Request) -> bool:
    """Tell whether a browser shows the answer to somebody."""
    path = request.url.path
    programs = path.startswith(("/api/", TYPES, "/static/", "/previews/", "/openapi.json"))
    return not programs and "text/html" in request.headers.get("accept", "")


def _page_of(request: Request, problem: Problem) -> Response:
    if problem.kind is UNAUTHENTICATED and request.method == "GET":
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(login_address(where), _SEE_OTHER)
    return page(
        request,
        services_of(request),
        None,
        "trouble.html",
        status=problem.kind.status,
        title=problem.kind.title,
        detail=problem.detail,
        code=problem.kind.code,
        request_id=request_id_of(request.scope),
    )


async def _answer_problem(request: Request, error: Exception) -> Response:
    return _answer(request, problem_of(error))


async def _answer_invalid(request: Request, error: Exception) -> Response:
    """Say which parameters or fields are wrong, and where they are."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- registered for it alone
    faults = [_fault(detail) for detail in error.errors()]
    unreadable = any(detail["type"] == "json_invalid" for detail in error.errors())
    problem = Problem(
        BAD_REQUEST if unreadable else INVALID,
        "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:3]),
        faults,
    )
    return _answer(request, problem)


def _fault(detail: dict[str, object]) -> Fault:
    location = detail["loc"]
    parts = [str(part) for part in location] if isinstance(location, tuple) else []
    if parts[:1] == ["body"]:
        parts = parts[1:]
    return Fault("".join(f"/{part}" for part in parts), str(detail["msg"]))


async def _answer_refusal(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: an unknown path, a method that is not there."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for it alone
    kind = _BY_STATUS.get(error.status_code, BROKEN)
    headers = {**(error.headers or {})}
    if kind is WRONG_METHOD:
        headers["allow"] = ", ".join(_methods_of(request))
    return _answer(request, Problem(kind, f"{error.detail}.", headers=headers))


def _methods_of(request: Request) -> list[str]:
    """Return what may be asked of a path; each route of it knows only its own methods."""
    routes = [
        route
        for route in iter_route_contexts(request.app.routes)
        if route.matches(request.scope)[0] is not Match.NONE
    ]
    return sorted(set().union(*(route.methods or () for route in routes)))


async def _answer_defect(request: Request, error: Exception) -> Response:
    """Tell nothing of what went wrong inside, but log it with the id that the answer carries."""
    services_of(request).observer.observe(
        DefectFound(
            job_id=None,
            trace="".join(traceback.format_exception(error)),
            request=request_id_of(request.scope),
        )
    )
    return _answer(request, problem_of(error))
