"""What every answer carries: the request's id, the version of the interface, and strict headers."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from preview_worker.api.problems import HEAD_TOO_LARGE, Problem, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "x-request-id"
API_VERSION = "v1"
MAX_HEAD_BYTES = 8 * 1024
"""Of a request: its first line and its headers."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-api-version": API_VERSION,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Envelope:
    """Middleware: gives each request an id and each answer its headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add headers to what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        app = _refuse_head if _head_bytes(scope) > MAX_HEAD_BYTES else self._app

        async def send_enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, send_enveloped)


async def _refuse_head(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a head that came in one go: the parser limits only what it has to wait for."""
    detail = f"The head of a request may have {MAX_HEAD_BYTES} bytes."
    problem = Problem(HEAD_TOO_LARGE, detail, headers={"connection": "close"})
    await problem_response(problem, request_id=request_id_of(scope))(scope, receive, send)


def _head_bytes(scope: Scope) -> int:
    """Count what a request line and headers are made of, with what stands between them."""
    line = len(scope["raw_path"]) + len(scope["query_string"])
    return line + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


def request_id_of(scope: Scope) -> str:
    """Return the id that the sender gave the request, or one made up once for it."""
    known = scope.setdefault("state", {}).get("request_id")
    if known is None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        known = given if _REQUEST_ID.fullmatch(given) else new_request_id()
        scope["state"]["request_id"] = known
    return str(known)


def new_request_id() -> str:
    """Return an id for a request whose sender gave it none."""
    return f"req-{uuid.uuid4().hex}"
