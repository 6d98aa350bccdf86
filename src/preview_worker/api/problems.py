"""Errors for people and programs alike: problem details as RFC 9457 lays them out.

``type`` is the address of a page of this server that explains the error, and never changes for an
error once it was given. ``code`` is its last part: the codes of jobs that fail and the codes of
requests that cannot be answered are one list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
TYPES = "/problems/"
"""Where the pages of all errors are found."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of error: its code, the HTTP status that goes with it, and a title for people."""

    code: str
    status: int
    title: str


BAD_REQUEST = ProblemKind("request.malformed", 400, "The request cannot be understood.")
UNAUTHENTICATED = ProblemKind("access.unauthenticated", 401, "A valid key is needed.")
FORBIDDEN = ProblemKind("access.forbidden", 403, "The key does not allow this.")
NOT_FOUND = ProblemKind("request.not_found", 404, "There is no such thing.")
WRONG_METHOD = ProblemKind("request.method_not_allowed", 405, "The method is not allowed here.")
CONFLICT = ProblemKind("request.conflict", 409, "The state of things does not allow this.")
TOO_LARGE = ProblemKind("request.too_large", 413, "The request has too many bytes.")
WRONG_TYPE = ProblemKind("request.media_type", 415, "The content is of the wrong type.")
UNSATISFIABLE = ProblemKind("request.range", 416, "The file has no such part.")
INVALID = ProblemKind("request.invalid", 422, "A value in the request is not allowed.")
HEAD_TOO_LARGE = ProblemKind("request.head_too_large", 431, "The headers have too many bytes.")
QUEUE_FULL = ProblemKind("queue.full", 429, "As many jobs wait as may wait.")
TOO_OFTEN = ProblemKind("access.too_often", 429, "Too many failed attempts to log in.")
BROKEN = ProblemKind("server.broken", 500, "The server met a case that it does not handle.")
CROWDED = ProblemKind("streams.full", 503, "As many listen to events as may listen here.")
QUEUE_AWAY = ProblemKind("queue.unavailable", 503, "The queue cannot be reached now.")

KINDS: Mapping[str, ProblemKind] = {
    kind.code: kind
    for kind in (
        BAD_REQUEST,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        WRONG_METHOD,
        CONFLICT,
        TOO_LARGE,
        WRONG_TYPE,
        UNSATISFIABLE,
        INVALID,
        HEAD_TOO_LARGE,
        QUEUE_FULL,
        TOO_OFTEN,
        BROKEN,
        CROWDED,
        QUEUE_AWAY,
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a request: where, as a JSON Pointer (RFC 6901), and what."""

    pointer: str
    detail: str

    def document(self) -> dict[str, str]:
        """Return it as a member of ``errors``."""
        return {"pointer": self.pointer, "detail": self.detail}


class Problem(Exception):  # noqa: N818 -- the RFC's word for it
    """An answer that is an error."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer that ``detail`` is wrong; ``faults`` say where, ``headers`` go with the answer."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = headers or {}


def problem_response(
    problem: Problem,
    *,
    request_id: str,
    path: str | None = None,
    trace_id: str | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Lay out ``problem`` as the answer to the request for ``path``, if that could be read.

    ``more`` are members besides those that all problem documents have.
    """
    kind = problem.kind
    document: dict[str, Any] = {
        "type": f"{TYPES}{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "code": kind.code,
        "requestId": request_id,
        **(more or {}),
    }
    if path is not None:
        document["instance"] = path
    if trace_id is not None:
        document["traceId"] = trace_id
    if problem.faults:
        document["errors"] = [fault.document() for fault in problem.faults]
    headers = {"cache-control": "no-store", **problem.headers}
    return JSONResponse(document, kind.status, headers, MEDIA_TYPE)
