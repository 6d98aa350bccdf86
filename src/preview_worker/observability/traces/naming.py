"""What spans are called and which attributes they have.

The attributes are those of OpenTelemetry's conventions for messaging, errors and HTTP, those that
BullMQ's own telemetry for Node has, and ``preview.*`` for what only we know.
"""

from __future__ import annotations

from preview_worker.contract import ErrorCode
from preview_worker.events import (
    AssetFetched,
    ChildExited,
    JobLeased,
    JobSettled,
    JobStarted,
    PreviewPublished,
)
from preview_worker.observability.traces.tracing import Attributes, sendable

_SYSTEM = "bullmq"
_OPERATION = "process"
_MESSAGES = {code.code: code.public_message for code in ErrorCode}
FAULTY = {"failed", "retry", "lost"}
"""Results of an attempt that did not go as it should; a cancelled one did."""


def attempt_name(event: JobLeased) -> str:
    """Name the span of an attempt as BullMQ's Node worker and the conventions do."""
    return f"{_OPERATION} {event.queue}"


def attempt_attributes(event: JobLeased) -> Attributes:
    """Tell of an attempt what is known when it begins."""
    return {
        "messaging.system": _SYSTEM,
        "messaging.operation.name": _OPERATION,
        "messaging.operation.type": _OPERATION,
        "messaging.destination.name": event.queue,
        "messaging.message.id": sendable(event.job_id),
        "bullmq.queue.name": event.queue,
        "bullmq.queue.operation": _OPERATION,
        "bullmq.job.id": sendable(event.job_id),
        "bullmq.job.name": sendable(event.name),
        "preview.attempt": event.attempt,
    }


def started_attributes(event: JobStarted) -> Attributes:
    """Tell of an attempt what its payload says of it."""
    return {
        "preview.project_id": sendable(event.project_id),
        "preview.request_id": sendable(event.request_id),
    }


def settled_attributes(event: JobSettled, attempts_made: int) -> Attributes:
    """Tell of an attempt how it ended.

    As BullMQ does, an attempt that ended by itself is counted.
    """
    ended = event.result in {"completed", "retry", "failed", "cancelled"}
    return {
        "bullmq.job.attempts.made": attempts_made + ended,
        "preview.result": event.result,
        "preview.dry_run": event.dry_run,
    }


def published_attributes(event: PreviewPublished) -> Attributes:
    """Tell of a preview what it is made of."""
    return {
        "preview.size_bytes": event.size_bytes,
        "preview.video_s": event.duration_s,
        "preview.shots": event.shots,
        "preview.shots.reused": event.reused_shots,
    }


def asset_attributes(event: AssetFetched) -> Attributes:
    """Tell of an asset's fetching. Its path and its query may hold secrets."""
    return {
        "server.address": event.host,
        "url.scheme": event.scheme,
        "http.request.method": "GET",
        "preview.asset.size_bytes": event.size_bytes,
        "preview.asset.cached": event.cached,
        "preview.asset.tries": event.tries,
    }


def child_attributes(event: ChildExited) -> Attributes:
    """Tell of a render process how it ended and what it used."""
    return {
        "preview.child.status": event.status,
        "preview.child.cpu_s": event.cpu_s,
        "preview.child.max_rss_bytes": event.rss_kib * 1024,
    }


def exception_attributes(code: str) -> Attributes:
    """Tell of an error by its code, in words that hold nothing of a payload."""
    return {"exception.type": code, "exception.message": _MESSAGES.get(code, code)}
