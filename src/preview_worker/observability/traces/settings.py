"""Where traces are sent to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    """What we have to know ourselves; the rest of ``OTEL_*`` is the SDK's to read."""

    endpoint: str
    """The whole address that takes traces by OTLP over HTTP."""
    close_s: float = 2.0
    """How long the end of the process waits for the last spans to be taken."""
