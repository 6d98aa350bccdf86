"""A collector of traces: it takes what OpenTelemetry exporters send by OTLP over HTTP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

_DEADLINE_S = 60.0
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class SeenSpan:
    """A span as it came over the wire, its ids in hexadecimal and its times in seconds."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    begin_s: float
    end_s: float
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, dict[str, Any]], ...]
    failed: bool
    resource: dict[str, Any]


@dataclass
class Collector:
    """What came so far, and a way to wait for more."""

    endpoint: str
    spans: list[SeenSpan] = field(default_factory=list)
    requests: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Take a request."""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        request = ExportTraceServiceRequest.FromString(body)
        with self._news:
            self.requests += 1
            self.headers.append(headers)
            self.spans += _spans(request)
            self._news.notify_all()

    def wait_for(self, name: str, count: int = 1, **attributes: object) -> list[SeenSpan]:
        """Return the spans of that name and those attributes, ``_`` for ``.``, once there are."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}

        def found() -> list[SeenSpan]:
            return [
                span
                for span in self.spans
                if span.name == name and wanted.items() <= span.attributes.items()
            ]

        with self._news:
            came = self._news.wait_for(lambda: len(found()) >= count, _DEADLINE_S)
            assert came, f"no {count} of {name} {wanted}; there are {[s.name for s in self.spans]}"
            return sorted(found(), key=lambda span: span.begin_s)

    def of_trace(self, trace_id: str) -> list[SeenSpan]:
        """Return the spans of a trace in the order in which they began."""
        with self._news:
            same = [span for span in self.spans if span.trace_id == trace_id]
        return sorted(same, key=lambda span: span.begin_s)


@contextmanager
def a_collector() -> Iterator[Collector]:
    """Run a collector until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = type("Desk", (_Desk,), {"collector": collector})
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


class _Desk(BaseHTTPRequestHandler):
    collector: Collector

    def do_POST(self) -> None:
        length = self.headers["content-length"]
        body = self.rfile.read(int(length)) if length else b"".join(self._chunks())
        known = self.path == "/v1/traces"
        if known:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.collector.take(headers, body)
        self.send_response(200 if known else 404)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def _chunks(self) -> Iterator[bytes]:
        """Read a body that comes in pieces, as Node sends it."""
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        del format, args


def _spans(request: ExportTraceServiceRequest) -> Iterator[SeenSpan]:
    for group in request.resource_spans:
        resource = _values(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield _seen(span, resource)


def _seen(span: trace_pb2.Span, resource: dict[str, Any]) -> SeenSpan:
    return SeenSpan(
        service=str(resource.get("service.name")),
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        begin_s=span.start_time_unix_nano / _NS_PER_S,
        end_s=span.end_time_unix_nano / _NS_PER_S,
        attributes=_values(span.attributes),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        events=tuple((event.name, _values(event.attributes)) for event in span.events),
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        resource=resource,
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {
        attribute.key: getattr(attribute.value, attribute.value.WhichOneof("value"))
        for attribute in attributes
    }
