"""Whose a job is, told from its payload before anything else of it is looked at."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from preview_worker.contract.errors import PreviewError
from preview_worker.contract.raw import PayloadLimits, decode_payload


class _Owned(BaseModel):
    model_config = ConfigDict(strict=True)

    project_id: str = Field(alias="projectId", min_length=1)


def read_project(raw: bytes) -> str | None:
    """Return the project of the job, or of the part, in ``raw``; None when it names none.

    It is the one that ``read_job`` finds, whatever else is wrong with the payload; only the rest is
    neither built nor checked, which costs a tenth of the time.
    """
    try:
        return _Owned.model_validate_json(raw).project_id
    except ValidationError:
        pass  # JSON that only the reader of payloads can read, or nothing of ours
    try:
        payload = decode_payload(raw, replace(PayloadLimits(), max_bytes=len(raw))).value
        return _Owned.model_validate(payload).project_id
    except (PreviewError, ValidationError):
        return None
