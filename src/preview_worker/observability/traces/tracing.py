"""The OpenTelemetry SDK, set up so that spans have the ids that we derive for them."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    TraceFlags,
    TraceState,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from preview_worker.events import TraceContext
from preview_worker.observability.traces.delivery import WatchedExporter
from preview_worker.observability.traces.settings import TraceSettings

Attributes = Mapping[str, str | bool | int | float]

_NAME = "preview-worker"
_UNNAMED = "unknown_service"
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a span when it begins, in POSIX seconds."""

    name: str
    place: TraceContext
    begin_at_s: float
    parent: TraceContext | None = None
    links: tuple[TraceContext, ...] = ()
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Attributes = field(default_factory=dict)


class Tracing:
    """Begins spans. They are sent in batches by a thread of the SDK's own."""

    def __init__(self, settings: TraceSettings, version: str) -> None:
        """Begin to send what is traced; a collector that is away changes nothing for anybody."""
        self._close_s = settings.close_s
        self._ids = ChosenIds()
        provider = TracerProvider(
            resource=_resource(version), id_generator=self._ids, shutdown_on_exit=False
        )
        self._exporter = WatchedExporter(OTLPSpanExporter(endpoint=settings.endpoint))
        self._processor = BatchSpanProcessor(self._exporter)
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("preview_worker", version)

    def begin(self, outline: Outline) -> Span:
        """Begin a span; one that the sampler does not want records nothing."""
        around = Context()
        if outline.parent is not None:
            around = set_span_in_context(NonRecordingSpan(_context(outline.parent)), around)
        with self._ids.chosen(outline.place):
            return self._tracer.start_span(
                outline.name,
                context=around,
                kind=outline.kind,
                attributes=outline.attributes,
                links=[Link(_context(link)) for link in outline.links],
                start_time=nanoseconds(outline.begin_at_s),
            )

    async def close(self) -> None:
        """Send what is left, as far as that goes within the time that there is."""
        ending = threading.Thread(target=self._processor.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, self._close_s)
        if ending.is_alive():
            self._exporter.shutdown()


class ChosenIds(IdGenerator):
    """Hands out the ids that were chosen for a span, where the SDK would draw lots."""

    def __init__(self) -> None:
        """Begin without a choice."""
        self._place: TraceContext | None = None

    @contextmanager
    def chosen(self, place: TraceContext) -> Iterator[None]:
        """Have the span that is begun within get the ids of ``place``."""
        self._place = place
        try:
            yield
        finally:
            self._place = None

    def generate_trace_id(self) -> int:
        """Return the id of the trace that a span without a parent begins."""
        return int(self._place.trace_id, 16) if self._place else _lot(128)

    def generate_span_id(self) -> int:
        """Return a span's own id."""
        return int(self._place.span_id, 16) if self._place else _lot(64)


def nanoseconds(instant_s: float) -> int:
    """Return an instant as the SDK counts."""
    return int(instant_s * _NS_PER_S)


def sendable(text: str) -> str:
    """Return a text of somebody else's as it can be sent: half a surrogate pair becomes a ``?``.

    A single one would have its whole batch lost, with spans of other jobs in it.
    """
    return text.encode(errors="replace").decode()


def place_of(span: Span) -> TraceContext:
    """Return where a span is in its trace, and whether the sampler wanted it."""
    context = span.get_span_context()
    return TraceContext(
        format_trace_id(context.trace_id),
        format_span_id(context.span_id),
        context.trace_flags.sampled,
        context.trace_state.to_header(),
    )


def _lot(bits: int) -> int:
    return random.getrandbits(bits)


def _context(place: TraceContext) -> SpanContext:
    return SpanContext(
        int(place.trace_id, 16),
        int(place.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if place.sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([place.tracestate]),
    )


def _resource(version: str) -> Resource:
    """Return what this process is called: as ``OTEL_*`` say, else by our own name."""
    resource = Resource.create()
    if not str(resource.attributes.get(SERVICE_NAME, _UNNAMED)).startswith(_UNNAMED):
        return Resource({SERVICE_VERSION: version}).merge(resource)
    return resource.merge(Resource({SERVICE_NAME: _NAME, SERVICE_VERSION: version}))
