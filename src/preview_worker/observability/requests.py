"""The instruments of the HTTP port, by OpenTelemetry's names. Rows in ``docs/metrics.md``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, Histogram

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Those that OpenTelemetry's conventions for HTTP advise."""


class RequestInstruments:
    """What is counted of requests. Whoever calls sees to it that labels have few values."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register all instruments with ``registry``."""
        self.durations = Histogram(
            "http_server_request_duration_seconds",
            "Time from the head of a request to the end of its answer.",
            ["http_request_method", "http_route", "http_response_status_code"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.active = Gauge(
            "http_server_active_requests",
            "Requests that are being answered now.",
            ["http_request_method"],
            registry=registry,
        )
        self.streams = Gauge(
            "preview_worker_event_streams",
            "Clients that listen to server-sent events now.",
            registry=registry,
        )

    def began(self, method: str) -> None:
        """Count a request whose head has come."""
        self.active.labels(method).inc()

    def ended(self, method: str) -> None:
        """Count a request that is done with, whatever came of it."""
        self.active.labels(method).dec()

    def answered(self, method: str, route: str, status: str, seconds: float) -> None:
        """Count an answer; ``status`` is empty for one that was not begun."""
        self.durations.labels(method, route, status).observe(seconds)

    def listening(self, clients: int) -> None:
        """Count so many more clients who listen to events, or fewer."""
        self.streams.inc(clients)
