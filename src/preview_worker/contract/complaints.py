"""Complaints about a payload, in the exact words that producers and their tests know.

The upstream validator reports every missing or mistyped field in a fixed order and wording. When we
refuse a payload we report the same list. Some of its complaints we can live without, though: a
producer that never learned to send ``requestId`` still gets its preview, with a notice.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from preview_worker.contract.notices import Notice

Json = dict[str, Any]

_OTHER_SOURCES: dict[str, tuple[type, ...]] = {
    "storyboard": (dict,),
    "renderConfig": (dict,),
    "script": (dict, list),
    "chapters": (list,),
    "chapter": (dict,),
    "game": (dict,),
}
"""Fields besides ``steps`` that scenes can come from, and what they have to be for that."""


def find_complaints(payload: object) -> list[str]:
    """List what the upstream validator would say of ``payload``, in its order."""
    if not isinstance(payload, dict):
        return ["Payload must be an object"]
    complaints = [
        f"{field} (string) required"
        for field in ("jobId", "projectId", "requestId")
        if not _is_text(payload.get(field))
    ]
    if "dryRun" not in payload:
        complaints.append("dryRun (boolean) required")
    elif not isinstance(payload["dryRun"], bool):
        complaints.append("dryRun must be boolean")
    request = payload.get("previewRequest")
    if not isinstance(request, dict):
        return [*complaints, "previewRequest (object) required"]
    complaints += [
        f"previewRequest.{field} (array) required"
        for field in ("steps", "assets")
        if not isinstance(request.get(field), list)
    ]
    if not isinstance(request.get("audio", ""), dict | None):
        complaints.append("previewRequest.audio (object) required")
    return complaints


def find_misfits(request: Json) -> list[str]:
    """List the members of steps and assets that are neither an object nor a string."""
    return [
        f"previewRequest.{field}.{index}: must be an object or a string"
        for field in ("steps", "assets")
        for index, item in enumerate(request[field])
        if not isinstance(item, dict | str)
    ]


def unusable_sources(request: Json) -> list[str]:
    """Name the sources of scenes whose values are of a type that none could be read from."""
    return [
        name
        for name, kinds in _OTHER_SOURCES.items()
        if request.get(name) is not None and not isinstance(request[name], kinds)
    ]


def mend(payload: Json, transport_id: str | None) -> tuple[Json, list[Notice]]:
    """Fill in what a tolerant reader can do without; return a copy and a notice for each filling.

    ``transport_id`` is the id under which the queue knows the job; it stands in for a missing
    ``jobId``. Values of a wrong type are left for ``find_complaints``.
    """
    mended, notices = dict(payload), []
    if "jobId" not in payload and transport_id:
        mended["jobId"] = transport_id
        notices.append(_filled("/jobId", "the queue's id of the job is used"))
    if "requestId" not in payload:
        mended["requestId"] = _stand_in_request_id(mended)
        notices.append(_filled("/requestId", "one was made up"))
    request = payload.get("previewRequest")
    if isinstance(request, dict):
        mended["previewRequest"], filled = _mend_request(request)
        notices.extend(filled)
    return mended, notices


def _mend_request(request: Json) -> tuple[Json, list[Notice]]:
    mended, notices = dict(request), []
    if "steps" not in request and any(
        request.get(name) != [] and isinstance(request.get(name), kinds)
        for name, kinds in _OTHER_SOURCES.items()
    ):
        mended["steps"] = []
    if "assets" not in request:
        mended["assets"] = []
        notices.append(_filled("/previewRequest/assets", "read as an empty list"))
    if request.get("audio") is None:
        mended["audio"] = {}
        if "audio" not in request:
            notices.append(_filled("/previewRequest/audio", "read as an empty object"))
    return mended, notices


def _stand_in_request_id(payload: Json) -> str:
    token = payload.get("jobToken")
    return token if _is_text(token) else f"req-{payload.get('jobId', '')}"


def _filled(path: str, what: str) -> Notice:
    return Notice("payload.missing_field", path, f"{path[1:].replace('/', '.')} is missing; {what}")


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)
