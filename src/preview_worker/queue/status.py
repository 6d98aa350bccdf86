"""What is known of a job, read from its hash and from the set that it stands in."""

from __future__ import annotations

import json
from collections.abc import Mapping

from preview_worker.queue.jobs import JobState, JobStatus
from preview_worker.queue.protocol import BullProtocol

_FIELDS = (
    "name",
    "progress",
    "atm",
    "timestamp",
    "processedOn",
    "finishedOn",
    "failedReason",
    "returnvalue",
)


class StatusReader:
    """Reads the status of jobs over one link."""

    def __init__(self, protocol: BullProtocol) -> None:
        """Read over ``protocol``."""
        self._protocol = protocol
        self.events_key = protocol.keys.events

    async def read(self, job_id: str) -> JobStatus | None:
        """Return the job's status; None when there is no such job.

        The state is read first: a job that is in a final set already has its final fields.
        """
        state = await self._protocol.state(job_id)
        key = self._protocol.keys.job(job_id)
        reply = await self._protocol.link.call("HMGET", key, *_FIELDS)
        values = reply if isinstance(reply, list) else []
        fields = {
            name.encode(): value
            for name, value in zip(_FIELDS, values, strict=False)
            if isinstance(value, bytes)
        }
        return status_of(job_id, state, fields) if b"name" in fields else None


def status_of(job_id: str, state: JobState, fields: Mapping[bytes, bytes]) -> JobStatus:
    """Return the status that the fields of a job's hash tell."""
    reason = fields.get(b"failedReason")
    return JobStatus(
        id=job_id,
        name=_text(fields.get(b"name")),
        state=state,
        progress=decode_value(fields.get(b"progress")) or 0,
        attempts_made=whole_number(fields.get(b"atm")) or 0,
        added_at_ms=whole_number(fields.get(b"timestamp")) or 0,
        processed_on_ms=whole_number(fields.get(b"processedOn")),
        finished_on_ms=whole_number(fields.get(b"finishedOn")),
        failed_reason=None if reason is None else _text(reason),
        return_value=decode_value(fields.get(b"returnvalue")),
    )


def is_final(state: JobState) -> bool:
    """Tell whether a job in ``state`` is done for good, as far as the queue is concerned."""
    return state in {JobState.COMPLETED, JobState.FAILED}


def decode_value(raw: bytes | None) -> object:
    """Decode a JSON value that some client stored; text that is no JSON is returned as it is."""
    if raw is None:
        return None
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        return _text(raw)
    return value


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")


def whole_number(raw: bytes | None) -> int | None:
    """Return the whole part of a number as it stands in a hash; None for anything else."""
    try:
        return None if raw is None else int(float(raw))
    except (ValueError, OverflowError):
        return None
