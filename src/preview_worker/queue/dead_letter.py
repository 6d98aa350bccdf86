"""A letter's hash in the dead queue to a ``DeadLetter``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from preview_worker.queue.codec import Fields, decode_stacktrace
from preview_worker.queue.dead import DeadLetter
from preview_worker.queue.dead_burial import PAYLOAD_MARK


def decode_letter(job_id: bytes, fields: Fields) -> DeadLetter | None:
    """Decode a letter; None when the hash is none, as that of a job somebody else put there."""
    head, mark, tail = fields.get(b"data", b"").partition(PAYLOAD_MARK)
    try:
        facts = json.loads(head + b"}" if mark else head)
    except ValueError:
        return None
    if not isinstance(facts, dict) or "code" not in facts:
        return None
    return DeadLetter(
        id=job_id.decode(errors="surrogateescape"),
        name=fields.get(b"name", b"").decode(errors="replace"),
        payload=tail[:-1] if mark else fields.get(b"was:data", b"{}"),
        code=_text(facts, "code"),
        reason=_text(facts, "reason"),
        died_at_ms=_whole(facts, "diedAt"),
        added_at_ms=_whole(facts, "addedAt"),
        leased_at_ms=_instant(fields.get(b"was:processedOn")),
        attempts_made=_whole(facts, "attemptsMade"),
        attempts_started=_whole(facts, "attemptsStarted"),
        stalled_count=_whole(facts, "stalledCount"),
        history=tuple(decode_stacktrace(fields.get(b"stacktrace", b""))),
        worker=_text(facts, "worker"),
        worker_version=_text(facts, "workerVersion"),
        deaths=_instant(fields.get(b"deaths")) or 1,
    )


def _text(facts: Mapping[str, object], name: str) -> str:
    return value if isinstance(value := facts.get(name), str) else ""


def _whole(facts: Mapping[str, object], name: str) -> int:
    return value if isinstance(value := facts.get(name), int) else 0


def _instant(raw: bytes | None) -> int | None:
    return int(raw) if raw is not None and raw.isdigit() else None
