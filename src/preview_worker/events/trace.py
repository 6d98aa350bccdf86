"""Where in a trace something happens: the W3C trace context, read, written and derived.

A job without a context of its producer still has a trace, and so has every later attempt of any
job. Their ids are hashes of what every worker knows of the attempt, so nothing has to be stored and
each worker names the attempts of the others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

_TRACEPARENT = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.ASCII,
)
_INVALID_VERSION = "ff"
_FIRST_VERSION = "00"
_SAMPLED = 0x01
_MAX_STATE_CHARS = 512
_MAX_STATE_MEMBERS = 32


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One span's place: its trace, its own id, and what goes along with them.

    https://www.w3.org/TR/trace-context/ says what they mean.
    """

    trace_id: str
    """32 hexadecimal digits in lower case, not all of them 0."""
    span_id: str
    """16 such digits."""
    sampled: bool = True
    """Whether whoever began the trace records it."""
    tracestate: str = ""
    """What tracing systems told each other, passed on unread."""

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> TraceContext | None:
        """Read ``traceparent`` and ``tracestate``, named in lower case; None if there is no trace.

        Whatever is not as the recommendation says counts as absent; a version that does not exist
        yet is read as far as we know it.
        """
        found = _TRACEPARENT.fullmatch(headers.get("traceparent", "").strip(" \t"))
        if found is None or found["version"] == _INVALID_VERSION:
            return None
        if found["more"] is not None and found["version"] == _FIRST_VERSION:
            return None
        if not int(found["trace"], 16) or not int(found["span"], 16):
            return None
        sampled = bool(int(found["flags"], 16) & _SAMPLED)
        return cls(found["trace"], found["span"], sampled, _state(headers.get("tracestate", "")))

    @classmethod
    def derived(cls, *names: object) -> TraceContext:
        """Return the context that ``names`` always have: the same names, the same ids."""
        told = "\n".join(f"{len(str(name))}:{name}" for name in names)
        digest = hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()
        return cls(digest[:32], digest[32:48])

    def child(self, span_id: str) -> TraceContext:
        """Return the context of a span of the same trace."""
        return replace(self, span_id=span_id)

    @property
    def traceparent(self) -> str:
        """The header that tells of this span."""
        return f"{_FIRST_VERSION}-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell of this span, ``tracestate`` only if it holds something."""
        told = {"traceparent": self.traceparent}
        return told | ({"tracestate": self.tracestate} if self.tracestate else {})


_current: ContextVar[TraceContext | None] = ContextVar("current_trace", default=None)


def current_trace() -> TraceContext | None:
    """Return the trace of what is being done, where somebody asked for it in one."""
    return _current.get()


@contextmanager
def within_trace(trace: TraceContext | None) -> Iterator[None]:
    """Have ``trace`` be the current one meanwhile."""
    before = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(before)


def _state(value: str) -> str:
    """Return the state if it is one that may be passed on; else it is dropped, as a whole."""
    value = value.strip(" \t")
    fits = len(value) <= _MAX_STATE_CHARS and value.count(",") < _MAX_STATE_MEMBERS
    return value if fits and value.isascii() and value.isprintable() else ""
