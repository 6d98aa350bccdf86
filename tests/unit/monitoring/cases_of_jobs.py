"""Figures for the alerts on budgets, on how jobs end and on how long they take."""

from __future__ import annotations

from tests.unit.monitoring.case import SERVICE, Case, histogram, jobs, series

DURATION = "preview_worker_job_duration_seconds"
REQUESTS = "http_server_request_duration_seconds_count"


def requests(good: str, bad: str, route: str = "/api/v1/jobs") -> dict[str, str]:
    """Return how many requests were answered well and badly."""
    return {
        series(REQUESTS, http_route=route, http_response_status_code="202"): good,
        series(REQUESTS, http_route=route, http_response_status_code="503"): bad,
    }


def durations(quick: str, every: str, total: str) -> dict[str, str]:
    """Return how many jobs were done in 30 s, and all of them, which were done in 60 s."""
    buckets = {"30": quick, "45": quick, "60": every, "+Inf": every}
    return {**histogram(DURATION, buckets, total)}


def errors(code: str, many: str, attempts: str) -> dict[str, str]:
    """Return how many attempts ended, and how many of them with an error."""
    return {
        series("preview_worker_jobs_total", outcome="completed"): attempts,
        series("preview_worker_errors_total", code=code): many,
    }


BUDGET_CASES = {
    "PreviewErrorBudgetBurnsFast": Case(
        fires=jobs(completed="0+90x90", failed="0+10x90"),
        # The producer's fault: as many fail, but each for its payload.
        quiet=jobs(completed="0+90x90", failed="0+10x90", invalid="0+10x90"),
        at="90m",
        summary="10% of jobs failed within 1h",
    ),
    "PreviewErrorBudgetBurns": Case(
        fires=jobs(completed="0+96x80", failed="0+4x80"),
        # Over by now: the long window still remembers it, the short one does not.
        quiet=jobs(completed="0+96x80", failed="0+4x60 240x20"),
        at="400m",
        every="5m",
        summary="4% of jobs failed within 6h",
    ),
    "PreviewErrorBudgetShrinks": Case(
        fires=jobs(completed="0+98x200", failed="0+2x200"),
        quiet=jobs(completed="0+99x200", failed="0+1x200"),
        at="1d",
        every="10m",
        summary="2% of jobs failed within 1d",
    ),
    "PreviewErrorBudgetLeaks": Case(
        fires=jobs(completed="0+992x500", failed="0+8x500"),
        quiet=jobs(completed="0+996x500", failed="0+4x500"),
        at="3d",
        every="10m",
        summary="0.8% of jobs failed within 3d",
    ),
    "PreviewApiBudgetBurnsFast": Case(
        fires=requests("0+98x90", "0+2x90"),
        # A probe that says 503 tells the truth.
        quiet={**requests("0+98x90", "0x90"), **requests("0x90", "0+98x90", "/readyz")},
        at="90m",
        summary="2% of requests failed within 1h",
    ),
    "PreviewApiBudgetBurns": Case(
        fires=requests("0+99x80", "0+1x80"),
        quiet=requests("0+199x80", "0+1x80"),
        at="400m",
        every="5m",
        summary="1% of requests failed within 6h",
    ),
}

JOB_CASES = {
    "PreviewJobsFail": Case(
        fires=jobs(completed="0+98x30", failed="0+2x30"),
        # One job in six, but no more than two within ten minutes.
        quiet=jobs(completed="0+1x30", failed="0+0.2x30"),
        summary="2% of jobs fail",
    ),
    "PreviewJobHighFailureRate": Case(
        fires=jobs(completed="0+94x30", failed="0+6x30"),
        quiet=jobs(completed="0+96x30", failed="0+4x30"),
        summary="6% of jobs fail",
    ),
    "PreviewRollbackNeeded": Case(
        fires={
            **jobs(completed="0+9x120", failed="0+1x120"),
            series("preview_worker_build_info", version="1.0", python="3.11"): "1x95 stale",
            series("preview_worker_build_info", version="1.1", python="3.11"): "_x95 1x25",
        },
        # The same failures of a version that has been running for long: a rollback would not help.
        quiet={
            **jobs(completed="0+9x120", failed="0+1x120"),
            series("preview_worker_build_info", version="1.0", python="3.11"): "1x120",
        },
        at="115m",
        summary="10% of jobs fail since a new version runs",
    ),
    "PreviewPayloadsInvalid": Case(
        fires=jobs(completed="0+7x60", failed="0+3x60", invalid="0+3x60"),
        quiet=jobs(completed="0+9x60", failed="0+1x60", invalid="0+1x60"),
        at="60m",
        summary="30% of jobs have an invalid payload",
    ),
    "PreviewRenderSlow": Case(
        fires=durations("0+90x60", "0+100x60", "0+1000x60"),
        # Slower still, but so few jobs that the percentile is one of them. Their mean is 50 s.
        quiet=durations("0x60", "0+0.5x60", "0+25x60"),
        at="50m",
        summary="A job in twenty takes more than 52.5s",
    ),
    "PreviewRenderSlowOnAverage": Case(
        fires=durations("0+1x60", "0+2x60", "0+140x60"),
        quiet=durations("0+1x60", "0+2x60", "0+110x60"),
        at="50m",
        summary="A job takes 1m 10s on average",
    ),
    "PreviewTimeouts": Case(
        fires=errors("permanent.timeout", "0+2x40", "0+100x40"),
        quiet=errors("permanent.timeout", "0x20 1x20", "0+1x40"),
        summary="2% of attempts run out of time",
    ),
    "PreviewTimeoutsOverWeek": Case(
        fires=errors("transient.starved", "0+1x800", "0+100x800"),
        quiet=errors("transient.starved", "0+1x800", "0+250x800"),
        at="2d",
        every="10m",
        summary="1% of attempts ran out of time within a week",
    ),
    "PreviewMemoryShort": Case(
        fires=errors("transient.oom", "0+1x60", "0+5x60"),
        quiet=errors("transient.oom", "0x40 1x20", "0+5x60"),
        at="60m",
        labels={**SERVICE, "code": "transient.oom"},
        summary="30 renders ended with transient.oom within 30 minutes",
    ),
    "PreviewRendersRestart": Case(
        fires={series("preview_worker_child_restarts_total", reason="crash"): "0+1x60"},
        quiet={series("preview_worker_child_restarts_total", reason="crash"): "0x20 2x40"},
        labels={**SERVICE, "reason": "crash"},
        summary="15 restarts for crash within 15 minutes",
    ),
    "PreviewDefects": Case(
        fires={series("preview_worker_defects_total"): "0+1x40"},
        # Long ago.
        quiet={series("preview_worker_defects_total"): "0 3x60"},
        at="30m",
        summary="The worker met 15 cases that it does not handle",
    ),
    "PreviewWorkersKilledByJobs": Case(
        fires={
            series("preview_worker_errors_total", code="permanent.worker_killer"): "0+1x90",
        },
        quiet={
            series("preview_worker_errors_total", code="permanent.worker_killer"): "0 1x120",
        },
        at="90m",
        summary="60 jobs ended one worker after the other",
    ),
}
