"""Turns what goes wrong in the rooms below into problems with their codes."""

from __future__ import annotations

import re

from preview_worker.api.problems import (
    BROKEN,
    CONFLICT,
    INVALID,
    NOT_FOUND,
    QUEUE_AWAY,
    QUEUE_FULL,
    Fault,
    Problem,
    ProblemKind,
)
from preview_worker.contract import ErrorCode, PreviewError, split_complaints
from preview_worker.queue import (
    ControlRefusedError,
    JobRefusedError,
    QueueFullError,
    QueueUnavailableError,
)

REFUSED = (
    PreviewError,
    ControlRefusedError,
    JobRefusedError,
    QueueFullError,
    QueueUnavailableError,
)
_PLACE = re.compile(r"[A-Za-z0-9_.]+(?=[: ])")
_AWAY_S = 2
_UNAVAILABLE = 503
_FULL_S = 10


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error of ours is to those who sent the request."""
    match error:
        case Problem():
            return error
        case PreviewError(code=code, message=message):
            return Problem(kind_of(code), message, _faults(error), _later(code))
        case JobRefusedError():
            return Problem(INVALID, f"{error}.", (Fault("/jobId", f"{error}"),))
        case ControlRefusedError():
            return Problem(_kind_of_refusal(error), f"{error}.")
        case _:
            return _of_the_server(error)


def _of_the_server(error: Exception) -> Problem:
    if isinstance(error, QueueFullError):
        return Problem(QUEUE_FULL, f"{error}.", headers={"retry-after": str(_FULL_S)})
    if isinstance(error, QueueUnavailableError):
        detail = "The queue does not answer now. Try again in a moment."
        return Problem(QUEUE_AWAY, detail, headers={"retry-after": str(_AWAY_S)})
    return Problem(BROKEN, "The log of the server says what happened.")


def _later(code: ErrorCode) -> dict[str, str]:
    """Say when an error may have passed."""
    return {"retry-after": str(_AWAY_S)} if code.http_status == _UNAVAILABLE else {}


def _kind_of_refusal(error: ControlRefusedError) -> ProblemKind:
    return NOT_FOUND if f"{error}".endswith("not found") else CONFLICT


def kind_of(code: ErrorCode) -> ProblemKind:
    """Return the kind of problem that an error code of jobs is."""
    return ProblemKind(code.code, code.http_status, code.public_message)


DECODING_KINDS = tuple(
    kind_of(code)
    for code in (
        ErrorCode.PAYLOAD_SIZE,
        ErrorCode.PAYLOAD_DEPTH,
        ErrorCode.PAYLOAD_ENCODING,
        ErrorCode.PAYLOAD_SYNTAX,
    )
)
"""What is wrong with a body that is no JSON within the limits of payloads."""
PAYLOAD_KINDS = tuple(kind_of(code) for code in ErrorCode if code.code.startswith("invalid."))
"""The same, and everything that is wrong with JSON which is no payload."""


def _faults(error: PreviewError) -> tuple[Fault, ...]:
    if error.code is not ErrorCode.PAYLOAD:
        return ()
    return tuple(Fault(_pointer(line), line) for line in split_complaints(error))


def _pointer(complaint: str) -> str:
    """Return where a complaint points to; it begins with the field, parts set apart by dots."""
    place = _PLACE.match(complaint)
    if place is None or complaint.startswith("Payload "):
        return ""
    return "/" + place.group().replace(".", "/")
