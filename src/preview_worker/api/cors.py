"""Which other sites' scripts may use the interface, and what they may see of it (CORS).

They come with a key in a header and never with a session: browsers do not send its cookie from
another site, and the gate refuses what a session is asked to change from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from preview_worker.api.envelope import REQUEST_ID
from preview_worker.api.gate import KEY_HEADER

_KEPT_S = 600
_METHODS = ("GET", "HEAD", "POST")
_ASKED = (
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "if-range",
    "last-event-id",
    "range",
    "traceparent",
    KEY_HEADER,
    REQUEST_ID,
)
_SHOWN = (
    "accept-ranges",
    "content-disposition",
    "content-length",
    "content-range",
    "etag",
    "location",
    "retry-after",
    "www-authenticate",
    "x-api-version",
    REQUEST_ID,
)


class CorsRules(TypedDict):
    """What Starlette's middleware is told."""

    allow_origins: Sequence[str]
    allow_methods: Sequence[str]
    allow_headers: Sequence[str]
    expose_headers: Sequence[str]
    allow_credentials: bool
    max_age: int


def cors_rules(origins: Sequence[str]) -> CorsRules:
    """Return the rules for scripts of ``origins``, each of which is one exact site."""
    return {
        "allow_origins": origins,
        "allow_methods": _METHODS,
        "allow_headers": _ASKED,
        "expose_headers": _SHOWN,
        "allow_credentials": False,
        "max_age": _KEPT_S,
    }
