"""A part of a batch: a job that films some shots of its parent's preview and publishes nothing.

It holds no ``previewRequest``: that is its parent's. So a worker that knows nothing of parts, and
takes every job for a preview, refuses it as an invalid payload and publishes nothing either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from preview_worker.contract.payload import MAX_ID_CHARS
from preview_worker.contract.raw import PayloadLimits, decode_payload
from preview_worker.contract.reading import refusal

PART_NAME = "render-part"
"""What such a job is called in the queue."""
MAX_PARTS = 64
OnFailure = Literal["render", "placeholder", "fail"]
_PART_ID = re.compile(r"-part-[1-9][0-9]?-[0-9a-f]{11}\Z")
_MOST_BYTES = 256 * 1024
"""Three ids of the longest kind that a payload may have, spelled in the longest way."""

_Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS)]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Into how many parts a preview is cut, and what becomes of it when one of them fails.

    It fails with the part; or (``render``) whoever renders the whole renders that part, too; or
    (``placeholder``) marks the scenes that the part did not film as lacking.
    """

    parts: int = 4
    on_failure: OnFailure = "render"

    def asked_of(self, payload: Mapping[str, object]) -> dict[str, object]:
        """Return the payload of the whole, which has to say what the queue does not."""
        if self.on_failure != "placeholder":
            return dict(payload)
        return {**payload, "onPartFailure": self.on_failure}


@dataclass(frozen=True, slots=True)
class PartJob:
    """A part that was read: whose it is, and which of how many, counted from 1."""

    job_id: str
    project_id: str
    request_id: str
    number: int
    count: int

    def payload(self) -> dict[str, object]:
        """Return the part as it goes over the wire."""
        return {
            "jobId": self.job_id,
            "projectId": self.project_id,
            "requestId": self.request_id,
            "dryRun": False,
            "part": {"number": self.number, "count": self.count},
        }


def part_id(whole: str, number: int, at_ms: int) -> str:
    """Return the id of a part that was added at that moment, POSIX milliseconds.

    Parts of an earlier batch of the same id may still be known, so it tells the moment as well.
    """
    return f"{whole}-part-{number}-{at_ms:x}"


def is_part_id(job_id: str) -> bool:
    """Tell whether ``part_id`` has named a job: all that is known of one that is gone."""
    return _PART_ID.search(job_id) is not None


def is_part_result(text: str) -> bool:
    """Tell whether ``text`` is the JSON that a part returns, and no preview does."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"part", "parts", "shots"} <= value.keys()


class _Wire(BaseModel):
    """Fields that nobody knows are passed over, as in every payload."""

    model_config = ConfigDict(frozen=True)


class _Share(_Wire):
    number: Annotated[int, Field(strict=True, ge=1, le=MAX_PARTS)]
    count: Annotated[int, Field(strict=True, ge=1, le=MAX_PARTS)]

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.number > self.count:
            message = "number must not be greater than count"
            raise ValueError(message)
        return self


class _Payload(_Wire):
    job_id: _Id = Field(alias="jobId")
    project_id: _Id = Field(alias="projectId")
    request_id: str = Field("", alias="requestId", max_length=MAX_ID_CHARS)
    part: _Share


def read_part(raw: bytes, limits: PayloadLimits | None = None) -> PartJob:
    """Return the part in ``raw`` or raise ``PreviewError`` with an ``invalid.payload`` code."""
    limits = limits or PayloadLimits()
    small = replace(limits, max_bytes=min(limits.max_bytes, _MOST_BYTES))
    value = decode_payload(raw, small).value
    if isinstance(value, dict) and "previewRequest" in value:
        raise refusal(["a part has no previewRequest: that of its parent is rendered"])
    try:
        read = _Payload.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise refusal([f"{_place(one['loc'])}: {one['msg']}" for one in faults]) from None
    ids = (read.job_id, read.project_id, read.request_id or f"req-{read.job_id}")
    return PartJob(*ids, read.part.number, read.part.count)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the part"
