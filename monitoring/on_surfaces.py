"""Alerts on what others touch: the HTTP interface, webhooks, the audit log."""

from __future__ import annotations

from monitoring.objective import PROBES
from monitoring.rules import BY_SERVICE, COUNT, Alert, Group

_SECONDS = "http_server_request_duration_seconds"
_ASKED = f'{_SECONDS}_count{{http_route!~"{PROBES}"}}'
_BUCKETS = f'{_SECONDS}_bucket{{http_route!~"{PROBES}"}}'


def alerts() -> Group:
    """Return them."""
    rules = (_slow(0.95, 2, "PreviewApiSlow"), _slow(0.99, 5, "PreviewApiTailSlow"), *_TOLD)
    return Group(name="preview-worker-surfaces", interval="30s", rules=rules)


def _slow(quantile: float, limit_s: int, name: str) -> Alert:
    return Alert(
        name=name,
        expr=f"""
            histogram_quantile({quantile},
              sum by ({BY_SERVICE}, le) (rate({_BUCKETS}[10m]))
            ) > {limit_s}
            and sum by ({BY_SERVICE}) (increase({_ASKED}[10m])) > 20""",
        lasts="10m",
        severity="warning",
        summary=(
            f"{1 - quantile:.0%} of requests take more than {{{{ $value | humanizeDuration }}}}"
        ),
        description=f"""
            The HTTP interface answers {quantile:.0%} of requests within {limit_s} s no longer, over
            10 minutes and more than 20 requests. Probes are not counted.""",
    )


_TOLD = (
    Alert(
        name="PreviewWebhooksGivenUp",
        expr=(
            f"sum by ({BY_SERVICE})"
            ' (increase(preview_worker_webhooks_total{outcome="given_up"}[1h])) > 0'
        ),
        lasts="1m",
        severity="warning",
        summary=COUNT + " webhooks were given up",
        description="""
            A receiver was not told of previews: it failed for a day, or said that it is gone
            (410).""",
    ),
    Alert(
        name="PreviewLoginsThrottled",
        expr=(
            f"sum by ({BY_SERVICE})"
            ' (increase(preview_worker_logins_total{outcome="throttled"}[15m])) > 0'
        ),
        lasts="1m",
        severity="warning",
        summary=COUNT + " addresses brought too many wrong keys",
        description="""
            Somebody tries keys, or a client was left with an old one. The log names the
            address.""",
    ),
    Alert(
        name="PreviewAuditNotWritten",
        expr=f"""
            sum by ({BY_SERVICE}) (increase(preview_worker_audit_failures_total[15m])) > 0
            or sum by ({BY_SERVICE}) (preview_worker_audit_held_records) > 0""",
        lasts="5m",
        severity="critical",
        summary="The audit log cannot be written",
        description="""
            Records of who did what wait for a disk that refuses them, or a checkpoint did not
            succeed because the log was changed. Rendering goes on.""",
    ),
    Alert(
        name="PreviewAuditDropped",
        expr=f"sum by ({BY_SERVICE}) (increase(preview_worker_audit_dropped_total[1h])) > 0",
        lasts="1m",
        severity="critical",
        summary=COUNT + " records are not in the audit log",
        description="""
            The disk refused the audit log for so long that records were let go. They stand on the
            standard error stream alone; save it now.""",
    ),
)
