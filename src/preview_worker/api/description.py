"""The OpenAPI document: what FastAPI knows of the routes, and every error that each may answer.

A route names the errors that are its own with ``answers``. Those that follow from what it is are
added here, so that none can be forgotten: whoever asks for a key may refuse it, and whoever takes
values may refuse those.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from preview_worker.api.documents import ProblemDocument
from preview_worker.api.problems import (
    BAD_REQUEST,
    FORBIDDEN,
    HEAD_TOO_LARGE,
    INVALID,
    MEDIA_TYPE,
    TOO_LARGE,
    TOO_OFTEN,
    UNAUTHENTICATED,
    ProblemKind,
)
from preview_worker.contract import payload_schema

if TYPE_CHECKING:
    from fastapi import FastAPI

Answers = dict[int | str, dict[str, Any]]
Operation = dict[str, Any]

_PROBLEM = "Problem"
_REFERENCE = "#/components/schemas/{model}"
PAYLOAD_SHAPE = {"$ref": _REFERENCE.format(model="PreviewJob")}
EXAMPLE = {
    "jobId": "gem-collectors-1",
    "projectId": "gem-collectors",
    "requestId": "by-hand",
    "dryRun": False,
    "previewRequest": {
        "title": "Gem Collectors",
        "steps": [{"title": "Take a gem", "text": "Take a gem of any colour from the market."}],
        "assets": [],
        "audio": {},
    },
}
_ALWAYS = (BAD_REQUEST, HEAD_TOO_LARGE)
"""What the server says to those who do not speak HTTP, before any route is looked for."""
_KEYED = (UNAUTHENTICATED, FORBIDDEN, TOO_OFTEN)
_RETRY_STATUSES = {429, 503}
_RETRY_AFTER = {
    "description": "Seconds after which another attempt makes sense",
    "schema": {"type": "integer", "minimum": 0},
}
_KINDS = "x-kinds"
"""Where a route keeps the errors that it names, until the document is put together."""


def answers(*kinds: ProblemKind) -> Answers:
    """Return what a route says with ``responses=``: the errors that it may answer of its own."""
    by_status = sorted(set(kinds), key=lambda kind: (kind.status, kind.code))
    return {
        status: {_KINDS: {kind.code: kind.title for kind in same}}
        for status, same in groupby(by_status, key=lambda kind: kind.status)
    }


def body_of(schema: dict[str, Any], example: object = None) -> dict[str, Any]:
    """Return what a route that reads its body itself says with ``openapi_extra=``."""
    content = {"schema": schema} | ({} if example is None else {"example": example})
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of ``app``."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    schemas = document["components"]["schemas"]
    problem = ProblemDocument.model_json_schema(ref_template=_REFERENCE)
    schemas |= {**problem.pop("$defs"), _PROBLEM: problem}
    schemas |= _payload_schemas()
    for left_over in ("HTTPValidationError", "ValidationError"):
        schemas.pop(left_over, None)
    for operation in _operations(document):
        _complete(operation)
    return document


def _payload_schemas() -> dict[str, Any]:
    """Return the schema of payloads as components; here, a job without ``jobId`` is given one."""
    text = json.dumps(payload_schema()).replace("#/$defs/", _REFERENCE.format(model=""))
    payload = json.loads(text)
    payload["required"].remove("jobId")
    del payload["$schema"]
    return {**payload.pop("$defs"), "PreviewJob": payload}


def _operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path in document["paths"].values():
        yield from path.values()


def _complete(operation: Operation) -> None:
    """Have an operation tell all errors, with the codes that their documents carry."""
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]  # FastAPI's own form of it, which is answered nowhere
    for kind in _implied(operation):
        answer = responses.setdefault(str(kind.status), {})
        answer.setdefault(_KINDS, {})[kind.code] = kind.title
    for status, answer in responses.items():
        if kinds := answer.pop(_KINDS, None):
            answer.update(_problem_answer(int(status), kinds, answer.get("content", {})))
    operation["responses"] = dict(sorted(responses.items()))


def _implied(operation: Operation) -> Iterable[ProblemKind]:
    """Return the errors that follow from what an operation takes."""
    yield from _ALWAYS
    if "security" in operation:
        yield from _KEYED
    if "parameters" in operation or "requestBody" in operation:
        yield INVALID
    if "requestBody" in operation:
        yield TOO_LARGE


def _problem_answer(status: int, kinds: dict[str, str], content: dict[str, Any]) -> dict[str, Any]:
    shape = {
        "allOf": [{"$ref": _REFERENCE.format(model=_PROBLEM)}],
        "properties": {"status": {"const": status}, "code": {"enum": sorted(kinds)}},
    }
    answer: dict[str, Any] = {
        "description": "\n\n".join(f"`{code}`: {title}" for code, title in sorted(kinds.items())),
        "content": {**content, MEDIA_TYPE: {"schema": shape}},
    }
    if status in _RETRY_STATUSES:
        answer["headers"] = {"Retry-After": _RETRY_AFTER}
    return answer
