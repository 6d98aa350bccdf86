"""Hands out one open file: the whole, a part, or the news that nothing changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from preview_worker.api.problems import UNSATISFIABLE, Problem
from preview_worker.api.ranges import Part, UnsatisfiableError, is_known, wanted_part
from preview_worker.api.reading import ReadingRoom
from preview_worker.api.services import services_of
from preview_worker.api.sessions import COOKIE
from preview_worker.artifacts import StoredFile

if TYPE_CHECKING:
    from starlette.requests import Request

FOREVER = "private, max-age=31536000, immutable"
"""For an address that names the digest: what it leads to never changes."""
ASK_AGAIN = "private, no-cache"
_PIECE_BYTES = 256 * 1024
_WORTH_BYTES = 1024 * 1024
"""A smaller file is handed out sooner than another host is found."""
_DOCUMENT = "document"
"""What a browser shows by itself, and what programs are taken to ask for."""
_NOT_MODIFIED = 304
_PARTIAL = 206
_SHOWN_INLINE = ("video/", "image/", "text/", "application/json")


def hand_out(
    request: Request, content: BinaryIO, file: StoredFile, *, caching: str = ASK_AGAIN
) -> Response:
    """Answer with a file that is open as ``content``, which is closed in the end.

    Raises ``Problem`` (416) for a part that lies outside of the file.
    """
    etag = f'"{file.sha256}"'
    headers = {
        "accept-ranges": "bytes",
        "cache-control": caching,
        "content-disposition": _disposition(file),
        "etag": etag,
    }
    if is_known(request.headers, etag):
        content.close()
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    try:
        part = wanted_part(request.headers, file.size_bytes, etag)
    except UnsatisfiableError:
        content.close()
        told = {"content-range": f"bytes */{file.size_bytes}"}
        raise Problem(UNSATISFIABLE, f"It has {file.size_bytes} bytes.", headers=told) from None
    whole, room = Part(0, file.size_bytes), services_of(request).reading
    if part is not None:
        headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{file.size_bytes}"
    headers["content-length"] = str((part or whole).size_bytes)
    status = 200 if part is None else _PARTIAL
    if request.method == "HEAD":
        content.close()
        return Response(status_code=status, headers=headers, media_type=file.media_type)
    return StreamingResponse(
        _pieces(room, content, part or whole), status, headers, media_type=file.media_type
    )


def is_elsewhere_welcome(request: Request, file: StoredFile) -> bool:
    """Tell whether the one who asks may be sent to another host for a file, and it is worth it.

    A page of ours loads nothing from elsewhere, by its own policy. A browser says for what it asks,
    but not over plain HTTP: then whatever it asks for may be for a page.
    """
    browser = COOKIE in request.cookies or "Mozilla/" in request.headers.get("user-agent", "")
    told = request.headers.get("sec-fetch-dest", "" if browser else _DOCUMENT)
    loaded_by_page = told != _DOCUMENT
    known = is_known(request.headers, f'"{file.sha256}"')
    worth = request.method == "GET" and file.size_bytes >= _WORTH_BYTES
    return worth and not loaded_by_page and not known


async def _pieces(room: ReadingRoom, content: BinaryIO, part: Part) -> AsyncIterator[bytes]:
    """Yield the bytes of ``part``; a file that is cut short ends the answer early."""
    try:
        at = content.seek(part.start)
        while at < part.end:
            size = min(_PIECE_BYTES, part.end - at)
            piece = await room.read_on(content.read, size)
            if not piece:
                return
            at += len(piece)
            yield piece
    finally:
        content.close()


def _disposition(file: StoredFile) -> str:
    how = "inline" if file.media_type.startswith(_SHOWN_INLINE) else "attachment"
    name = file.name.rpartition("/")[2]
    return f"{how}; filename*=UTF-8''{quote(name, safe='')}"
