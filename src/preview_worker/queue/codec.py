"""A job's hash, as the scripts return it, to a ``LeasedJob``; or the reason why it cannot be one.

Every field is decoded on its own, so that one job with a broken field never breaks the connection
or the loop. The producer's payload is not decoded here at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import NamedTuple, cast

from preview_worker.queue.dead import POISONED
from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.options import OptionError, max_attempts, trace_context
from preview_worker.queue.wire import Reply

Fields = dict[bytes, bytes]

MAX_FIELD_BYTES = 64 * 1024
"""What a field beside the payload may hold. It is read by the loop that keeps all locks alive, and
the most that BullMQ writes, options with headers of a trace, is a tenth of it."""
MAX_TRACE_BYTES = 1024 * 1024
_MOST = 2**53
"""Numbers up to here are whole in every language that a job passes through."""


class UnfitJobError(Exception):
    """A job cannot be run by anybody; the message says why, for the producer to read."""

    def __init__(self, reason: str, *, spoiled: tuple[str, ...] = (), code: str = POISONED) -> None:
        """Carry the reason, and the ``spoiled`` fields that the scripts would trip over as well."""
        super().__init__(reason)
        self.spoiled = spoiled
        self.code = code


class Fetched(NamedTuple):
    """What a script that fetches a job answers: a job, or why there is none."""

    fields: list[Reply] | None
    job_id: bytes
    limited_ms: int
    """Milliseconds until the queue's rate limit allows another job; 0 when it is not limited."""
    delayed_until_ms: int
    """POSIX milliseconds at which the next delayed job is due; 0 when there is none."""

    @classmethod
    def of(cls, reply: Reply) -> Fetched:
        """Read the reply of moveToActive, or of another script that was asked for the next job."""
        if not isinstance(reply, list) or len(reply) < 2:  # noqa: PLR2004 -- a job and its id
            return NOTHING_FETCHED
        fields, job_id, *rest = reply
        if isinstance(fields, list) and isinstance(job_id, bytes):
            return cls(fields, job_id, 0, 0)
        limited, until = [*rest, 0, 0][:2]
        return cls(None, b"", _whole(limited), _whole(until))


NOTHING_FETCHED = Fetched(None, b"", 0, 0)


class DecodedJob(NamedTuple):
    """A job that may run, and what settling it will need."""

    job: LeasedJob
    stacktrace: bytes
    deferred_failure: str | None
    """Set by the stall check: the job outlived too many workers and shall fail without a run."""
    scheduler_id: str | None = None
    """The job scheduler that made the job and waits to be moved on."""


class _Numbers(NamedTuple):
    """The numbers in a job's hash."""

    added_at_ms: int
    priority: int
    delay_ms: int
    attempts_made: int
    attempts_started: int
    stalled_count: int


def decode_job(fetched: Fetched, token: str) -> DecodedJob:
    """Decode the hash of a fetched job that is locked with ``token``.

    Raises ``UnfitJobError`` for a hash that is no job, bad UTF-8 in id or name, options that are
    not a JSON object, and numbers that are none.
    """
    raw = cast("list[bytes]", fetched.fields or [])
    fields = dict(zip(raw[::2], raw[1::2], strict=True))
    if (name := fields.get(b"name")) is None:
        message = "The job has no name: it was removed or was not added by BullMQ"
        raise UnfitJobError(message)
    _check_sizes(fetched.job_id, fields)
    _check_parent(fields)
    options = decode_options(fields.get(b"opts", b"{}"))
    try:
        attempts = max_attempts(options)
    except OptionError as error:
        message = f"The job's options cannot be used: {error}"
        raise UnfitJobError(message) from error
    numbers = _numbers(fields)
    if (most := max(map(abs, numbers))) > _MOST:
        message = f"A number of the job is {str(most)[:20]}…, beyond all that is counted"
        raise UnfitJobError(message)
    job = LeasedJob(
        id=_text(fetched.job_id, "id"),
        name=_text(name, "name"),
        payload=fields.get(b"data", b"{}"),
        token=token,
        attempts_made=numbers.attempts_made,
        attempts_started=numbers.attempts_started,
        max_attempts=attempts,
        added_at_ms=numbers.added_at_ms,
        priority=numbers.priority,
        delay_ms=numbers.delay_ms,
        stalled_count=numbers.stalled_count,
        trace_context=trace_context(options),
        options=options,
        parent_key=_parent_key(fields),
        told_percent=_percent(fields.get(b"progress")),
    )
    deferred = fields.get(b"defa")
    return DecodedJob(
        job,
        fields.get(b"stacktrace", b""),
        None if deferred is None else deferred.decode(errors="replace"),
        _scheduler_id(fields),
    )


def decode_options(raw: bytes) -> dict[str, object]:
    """Decode the stored options; raise ``UnfitJobError`` unless they are a JSON object."""
    try:
        options = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        message = "The job's options are not readable JSON"
        raise UnfitJobError(message) from error
    if not isinstance(options, dict):
        message = "The job's options are not a JSON object"
        raise UnfitJobError(message)
    return options


def decode_stacktrace(raw: bytes) -> list[str]:
    """Decode what earlier attempts left; unreadable remains are dropped."""
    try:
        lines = json.loads(raw) if raw and len(raw) <= MAX_TRACE_BYTES else []
    except (ValueError, RecursionError):
        return []
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _check_sizes(job_id: bytes, fields: Fields) -> None:
    """Refuse what nobody but an attacker writes, before any of it is decoded."""
    read = {"id": job_id, "name": fields.get(b"name"), "options": fields.get(b"opts")}
    for what, raw in {**read, "link to its parent": fields.get(b"parent")}.items():
        if raw is not None and len(raw) > MAX_FIELD_BYTES:
            spoiled = ("parent", "parentKey") if what.endswith("parent") else ()
            message = f"The job's {what} has {len(raw)} bytes; at most {MAX_FIELD_BYTES} are read"
            raise UnfitJobError(message, spoiled=spoiled)


def _check_parent(fields: Fields) -> None:
    """The finishing scripts decode the parent after they gave up the lock: it must be readable."""
    raw = fields.get(b"parent")
    if raw is None:
        return
    try:
        parent = json.loads(raw)
    except (ValueError, RecursionError):
        parent = None
    if not isinstance(parent, Mapping) or not all(
        isinstance(parent.get(name), str) for name in ("id", "queueKey")
    ):
        message = "The job's link to its parent is not readable"
        raise UnfitJobError(message, spoiled=("parent", "parentKey"))


def _parent_key(fields: Fields) -> str | None:
    raw = fields.get(b"parentKey")
    return None if raw is None else raw.decode(errors="replace")


def _percent(raw: bytes | None) -> int:
    """Read progress that was told in percent; what others tell instead is none."""
    return int(raw) if raw is not None and raw.isdigit() and len(raw) <= len(b"100") else 0


def _scheduler_id(fields: Fields) -> str | None:
    raw = fields.get(b"rjk")
    return None if raw is None else raw.decode(errors="replace")


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        message = f"The job's {what} is not UTF-8 text"
        raise UnfitJobError(message) from error


def _numbers(fields: Fields) -> _Numbers:
    found = fields.get
    try:  # nearly all jobs have nothing but digits here
        return _Numbers(
            int(found(b"timestamp") or 0),
            int(found(b"priority") or 0),
            int(found(b"delay") or 0),
            int(found(b"atm") or 0),
            int(found(b"ats") or 0),
            int(found(b"stc") or 0),
        )
    except ValueError:
        return _Numbers(
            _number(fields, b"timestamp"),
            _number(fields, b"priority"),
            _number(fields, b"delay"),
            _counter(fields, b"atm"),
            _counter(fields, b"ats"),
            _counter(fields, b"stc"),
        )


def _number(fields: Fields, name: bytes) -> int:
    """Read a whole number; a fraction, which JavaScript clocks may give, is cut."""
    raw = fields.get(name)
    if not raw:
        return 0
    try:
        return int(raw)
    except ValueError:
        pass
    try:
        value = float(raw)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = raw[:40].decode(errors="replace")
        message = f"The job's {name.decode()} is {shown!r}, not a number"
        raise UnfitJobError(message)
    return int(value)


def _counter(fields: Fields, name: bytes) -> int:
    """Read a number that the scripts count up, which they can do with whole ones only."""
    raw = fields.get(name)
    if raw is None:
        return 0
    try:
        return int(raw)
    except ValueError as error:
        shown = raw[:40].decode(errors="replace")
        field = name.decode()
        message = f"The job's {field} is {shown!r}, not a whole number"
        raise UnfitJobError(message, spoiled=(field,)) from error


def _whole(value: Reply) -> int:
    if isinstance(value, int):
        return value
    try:
        return int(float(value)) if isinstance(value, (bytes, str)) else 0
    except ValueError:
        return 0
