"""The objective: 99.5 % of jobs become previews, judged over seven days.

**What counts.** A job counts once, when it has ended: ``completed`` is good, ``failed`` is bad. A
try that is followed by another one does not count, nor does a job that somebody cancelled or that
went back to the queue unfinished: none of them has ended for its producer.

**What does not count.** A job that failed with ``invalid.*`` is its producer's fault: no worker
could have rendered it, so it is neither good nor bad, and has an alert of its own. Those are never
tried again, so each stands once among the errors and once among the failed jobs, and can be taken
off. A job that ended one worker after the other is failed without an attempt of its own; it counts.

**Burn rate** is how many times faster than allowed the budget is spent: 1 uses it up in just seven
days. Each alert looks at a long window, so that a blip wakes nobody, and at a short one, so that it
ends soon after the trouble does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitoring.rules import BY_SERVICE, Alert, Group, Record, Severity

OBJECTIVE = 0.995
API_OBJECTIVE = 0.999
WAIT_S = 60
"""95 % of jobs are taken within so long. The autoscaling that we ship is held to it by simulation
(docs/scaling.md); no alert is made of it, since `PreviewQueueDeep` tells of a backlog before."""
FEW = 2.5
"""At least so many failures before a share of them means anything. There are three then: the
extrapolation of ``increase`` can make a little more of two, but not so much."""

PROBES = "/livez|/readyz|/startupz|/healthz|/health|/metrics|/api/preview/worker/health"
"""Routes that say 503 where that is the right answer."""

JUDGED = "preview_worker:jobs_judged:increase"
SPOILT = "preview_worker:jobs_spoilt:increase"
RATIO = "preview_worker:job_failures:ratio"
API_RATIO = "preview_worker:api_failures:ratio"
API_ASKED = "preview_worker:api_requests:increase"


@dataclass(frozen=True, slots=True)
class Burn:
    """A speed at which the budget may not be spent, over a long and a short window."""

    alert: str
    factor: float
    long: str
    short: str
    lasts: str
    severity: Severity
    spent: str
    """The share of seven days' budget that is gone when the long window is full of it."""


BURNS = (
    Burn("PreviewErrorBudgetBurnsFast", 14.4, "1h", "5m", "2m", "critical", "9 %"),
    Burn("PreviewErrorBudgetBurns", 6, "6h", "30m", "5m", "critical", "21 %"),
    Burn("PreviewErrorBudgetShrinks", 3, "1d", "2h", "15m", "warning", "43 %"),
    Burn("PreviewErrorBudgetLeaks", 1, "3d", "6h", "1h", "warning", "43 %"),
)
API_BURNS = (
    Burn("PreviewApiBudgetBurnsFast", 14.4, "1h", "5m", "2m", "critical", "9 %"),
    Burn("PreviewApiBudgetBurns", 6, "6h", "30m", "5m", "warning", "21 %"),
)
_SHORT_WINDOWS = ("5m", "10m", "30m", "1h")
_LONG_WINDOWS = ("2h", "6h", "1d", "3d", "7d")


def recorded() -> Iterator[Group]:
    """Yield the series that alerts and panels read."""
    yield _recorded("preview-worker-slo", "30s", _SHORT_WINDOWS)
    yield _recorded("preview-worker-slo-long", "2m", _LONG_WINDOWS)


def alerts() -> Group:
    """Return the alerts on how fast the budgets are spent."""
    jobs = [_burn_alert(burn) for burn in BURNS]
    requests = [_api_burn_alert(burn) for burn in API_BURNS]
    return Group(name="preview-worker-budget", interval="30s", rules=(*jobs, *requests))


def _recorded(name: str, interval: str, windows: tuple[str, ...]) -> Group:
    rules = [rule for window in windows for rule in (*_jobs(window), *_requests(window))]
    return Group(name=name, interval=interval, rules=tuple(rules))


def _sum(series: str, window: str) -> str:
    return f"sum by ({BY_SERVICE}) (increase({series}[{window}]))"


def _jobs(window: str) -> Iterator[Record]:
    ended = _sum('preview_worker_jobs_total{outcome=~"completed|failed"}', window)
    failed = _sum('preview_worker_jobs_total{outcome="failed"}', window)
    invalid = _sum('preview_worker_errors_total{code=~"invalid[.].+"}', window)
    killer = _sum('preview_worker_errors_total{code="permanent.worker_killer"}', window)
    yield Record(
        name=f"{JUDGED}{window}",
        expr=f"clamp_min({ended}\n  - {invalid}, 0)\n  + {killer}",
    )
    yield Record(
        name=f"{SPOILT}{window}",
        expr=f"clamp_min({failed}\n  - {invalid}, 0)\n  + {killer}",
    )
    yield Record(name=f"{RATIO}{window}", expr=f"{SPOILT}{window} / {JUDGED}{window}")


def _requests(window: str) -> Iterator[Record]:
    series = "http_server_request_duration_seconds_count"
    asked = _sum(f'{series}{{http_route!~"{PROBES}"}}', window)
    refused = _sum(f'{series}{{http_route!~"{PROBES}",http_response_status_code=~"5.."}}', window)
    yield Record(name=f"{API_ASKED}{window}", expr=asked)
    yield Record(
        name=f"{API_RATIO}{window}",
        expr=f"({refused} or {API_ASKED}{window} * 0)\n  / {API_ASKED}{window}",
    )


def _burn_alert(burn: Burn) -> Alert:
    allowed = f"{burn.factor} * {1 - OBJECTIVE:.3f}"
    return Alert(
        name=burn.alert,
        expr=(
            f"{RATIO}{burn.long} > {allowed}\n"
            f"and {RATIO}{burn.short} > {allowed}\n"
            f"and {SPOILT}{burn.long} > {FEW}"
        ),
        lasts=burn.lasts,
        severity=burn.severity,
        summary=f"{{{{ $value | humanizePercentage }}}} of jobs failed within {burn.long}",
        description=f"""
            Jobs fail {burn.factor:g} times as often as the objective of {OBJECTIVE:.1%} allows,
            over {burn.long} and over {burn.short}. {burn.spent} of the budget of seven days are
            gone once {burn.long} went on like this. Invalid payloads are not counted.""",
    )


def _api_burn_alert(burn: Burn) -> Alert:
    allowed = f"{burn.factor} * {1 - API_OBJECTIVE:.3f}"
    return Alert(
        name=burn.alert,
        expr=(
            f"{API_RATIO}{burn.long} > {allowed}\n"
            f"and {API_RATIO}{burn.short} > {allowed}\n"
            f"and {API_RATIO}{burn.long} * {API_ASKED}{burn.long} > {FEW}"
        ),
        lasts=burn.lasts,
        severity=burn.severity,
        summary=(f"{{{{ $value | humanizePercentage }}}} of requests failed within {burn.long}"),
        description=f"""
            The HTTP interface answers with 5xx {burn.factor:g} times as often as the objective of
            {API_OBJECTIVE:.1%} allows, over {burn.long} and over {burn.short}. Probes are not
            counted.""",
    )
