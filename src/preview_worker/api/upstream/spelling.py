"""Errors as earlier services spell them: members that problem documents of these routes add."""

from __future__ import annotations

from fastapi.routing import APIRoute

from preview_worker.api.problems import Problem, ProblemKind

TAG = "as upstream"
_BAD = 400
_KEPT = {409, 413, 415, 429, 503}


class OlderRoute(APIRoute):
    """A route whose errors have what ``in_older_words`` returns, wherever they come from."""


def in_older_words(problem: Problem) -> dict[str, object]:
    """Return the members of a problem's document that earlier services know: ``{ok, error}``."""
    return {"ok": False, "error": problem.detail}


def as_bad_request(kind: ProblemKind) -> ProblemKind:
    """Return the kind of error where everything wrong with what was sent is answered 400."""
    return kind if kind.status in _KEPT else ProblemKind(kind.code, _BAD, kind.title)
