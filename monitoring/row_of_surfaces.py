"""What others touch: the HTTP interface, webhooks, logins, the audit log."""

from __future__ import annotations

from monitoring.objective import API_RATIO, PROBES
from monitoring.panels import Panel, Query, Row

_SECONDS = "http_server_request_duration_seconds"
_NO_PROBES = f'http_route!~"{PROBES}"'


def rows() -> tuple[Row, ...]:
    """Return them."""
    return (
        Row("HTTP interface", _HTTP, folded=True),
        Row("Webhooks and audit log", _TOLD, folded=True),
    )


_HTTP = (
    Panel(
        title="How are requests answered?",
        about="By status, per second. Probes and scrapes are left out.",
        queries=(
            Query(
                "sum by (http_response_status_code)"
                f" (rate({_SECONDS}_count{{{_NO_PROBES}}}[$__rate_interval]))",
                "{{http_response_status_code}}",
                rare=True,
            ),
        ),
        unit="reqps",
        stacked=True,
        alerts=("PreviewApiBudgetBurnsFast",),
    ),
    Panel(
        title="Which routes are slow?",
        about="99 of 100 requests were answered within this time. Probes are left out.",
        queries=(
            Query(
                "histogram_quantile(0.99, sum by (http_route, le)"
                f" (rate({_SECONDS}_bucket{{{_NO_PROBES}}}[$__rate_interval])))",
                "{{http_route}}",
                rare=True,
            ),
        ),
        unit="s",
        steps=((None, "transparent"), (2, "orange"), (5, "red")),
        alerts=("PreviewApiSlow", "PreviewApiTailSlow"),
    ),
    Panel(
        title="What share of requests failed?",
        about="With 5xx, of all but probes. The objective is 0.1 %.",
        queries=tuple(
            Query(f"max({API_RATIO}{window})", window, rare=True) for window in ("5m", "1h", "7d")
        ),
        unit="percentunit",
        steps=((None, "transparent"), (0.001, "orange"), (0.0144, "red")),
        alerts=("PreviewApiBudgetBurnsFast", "PreviewApiBudgetBurns"),
    ),
    Panel(
        title="How many are being served?",
        about="Requests under way, and clients that listen to events.",
        queries=(
            Query("sum(http_server_active_requests)", "requests"),
            Query("sum(preview_worker_event_streams)", "listeners"),
        ),
        unit="none",
    ),
    Panel(
        title="Do probes and scrapes answer quickly?",
        about="99 of 100 of them. A slow scrape makes a hole in every panel.",
        queries=(
            Query(
                "histogram_quantile(0.99, sum by (http_route, le)"
                f' (rate({_SECONDS}_bucket{{http_route=~"{PROBES}"}}[$__rate_interval])))',
                "{{http_route}}",
            ),
        ),
        unit="s",
    ),
    Panel(
        title="Who brings keys?",
        about="Sessions opened, keys of nobody, and addresses that brought too many of those.",
        queries=(
            Query(
                "sum by (outcome) (increase(preview_worker_logins_total[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        unit="none",
        alerts=("PreviewLoginsThrottled",),
    ),
)

_TOLD = (
    Panel(
        title="Are receivers of webhooks told?",
        about="Attempts to deliver. What was given up was never told.",
        queries=(
            Query(
                "sum by (outcome) (increase(preview_worker_webhooks_total[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        unit="none",
        width=12,
        stacked=True,
        alerts=("PreviewWebhooksGivenUp",),
    ),
    Panel(
        title="How old are deliveries?",
        about="When their receiver took them; half of them, and 99 of 100.",
        queries=tuple(
            Query(
                f"histogram_quantile({quantile}, sum by (le)"
                " (rate(preview_worker_webhook_delay_seconds_bucket[$__rate_interval])))",
                f"p{quantile * 100:g}",
                rare=True,
            )
            for quantile in (0.5, 0.99)
        ),
        unit="s",
        width=12,
        alerts=("PreviewWebhooksGivenUp",),
    ),
    Panel(
        title="How much is audited?",
        about="Records per second, by process.",
        queries=(
            Query("rate(preview_worker_audit_records_total[$__rate_interval])", "{{instance}}"),
        ),
        unit="cps",
        width=12,
    ),
    Panel(
        title="Is the audit log written?",
        about="Records that are not sealed yet, that wait for the disk, that were let go.",
        queries=(
            Query(
                "clamp_min(preview_worker_audit_last_seq - preview_worker_audit_sealed_seq, 0)",
                "{{instance}} unsealed",
            ),
            Query("preview_worker_audit_held_records", "{{instance}} waiting for the disk"),
            Query("sum(increase(preview_worker_audit_dropped_total[$__rate_interval]))", "let go"),
            Query(
                "sum(increase(preview_worker_audit_failures_total[$__rate_interval]))",
                "writes that failed",
            ),
        ),
        unit="none",
        width=12,
        alerts=("PreviewAuditNotWritten", "PreviewAuditDropped"),
    ),
)
