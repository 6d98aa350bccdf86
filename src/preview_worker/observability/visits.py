"""The instruments of the HTTP interface and of webhooks. Rows in ``docs/metrics.md``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from preview_worker.events import LoginAttempted, WebhookAttempted

_DELAY_BUCKETS = (0.1, 0.5, 1, 5, 30, 300, 1800, 7200, 21600, 86400)


class VisitInstruments:
    """What is counted of those who come in, and of those who are told."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register all instruments with ``registry``, each known outcome at 0."""
        self._logins = Counter(
            "preview_worker_logins",
            "Keys that opened a session, that were nobody's, or that came too often.",
            ["outcome"],
            registry=registry,
        )
        self._webhooks = Counter(
            "preview_worker_webhooks",
            "Attempts to deliver a webhook, by what came of them.",
            ["outcome"],
            registry=registry,
        )
        self._delay = Histogram(
            "preview_worker_webhook_delay_seconds",
            "Age of deliveries when their receiver took them.",
            buckets=_DELAY_BUCKETS,
            registry=registry,
        )
        for outcome in ("accepted", "refused", "throttled"):
            self._logins.labels(outcome)
        for outcome in ("delivered", "retried", "given_up"):
            self._webhooks.labels(outcome)

    def observe(self, event: LoginAttempted | WebhookAttempted) -> None:
        """Count ``event``."""
        if isinstance(event, LoginAttempted):
            self._logins.labels(event.result).inc()
            return
        self._webhooks.labels(event.result).inc()
        if event.result == "delivered":
            self._delay.observe(event.age_s)
