"""Reads what a request carries: JSON, whole, and never more of it than is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from preview_worker.api.problems import BAD_REQUEST, TOO_LARGE, WRONG_TYPE, Problem
from preview_worker.contract import PayloadLimits, decode_payload

if TYPE_CHECKING:
    from starlette.requests import Request

_TYPES = ("application/json", "")
_CLOSE = {"connection": "close"}
"""What is left of a body that is too long is not read, so the connection is of no more use."""


async def read_json(request: Request, max_bytes: int) -> object:
    """Return the JSON value that a request carries.

    Raises ``Problem`` for another media type and for a body that is too long, however its length
    is told, and ``PreviewError`` for what is no JSON within the limits of payloads.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _TYPES and not media_type.endswith("+json"):
        raise Problem(WRONG_TYPE, "Send JSON, with 'content-type: application/json'.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(WRONG_TYPE, "Send the body as it is, without a content-encoding.")
    raw = await read_body(request, max_bytes)
    return decode_payload(raw, PayloadLimits(max_bytes=max_bytes)).value


async def read_object(request: Request, max_bytes: int) -> dict[str, object]:
    """Return the JSON object that a request carries; raise as ``read_json`` does."""
    value = await read_json(request, max_bytes)
    if not isinstance(value, dict):
        raise Problem(BAD_REQUEST, "The body must be a JSON object.")
    return value


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body of a request; raise ``Problem`` as soon as it is too long."""
    detail = f"At most {max_bytes} bytes are accepted."
    told = request.headers.get("content-length", "0")
    if told.isascii() and told.isdecimal() and int(told) > max_bytes:
        raise Problem(TOO_LARGE, detail, headers=_CLOSE)
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > max_bytes:
            raise Problem(TOO_LARGE, detail, headers=_CLOSE)
        pieces.append(piece)
    return b"".join(pieces)
