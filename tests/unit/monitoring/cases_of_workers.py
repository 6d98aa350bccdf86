"""Figures for the alerts on the queue, on workers and on what others touch."""

from __future__ import annotations

from tests.unit.monitoring.case import HERE, QUEUE, Case, backlog, histogram, series

SECONDS = "http_server_request_duration_seconds"
POD = 'namespace="previews",pod="preview-worker-0",container="preview-worker"'
IN_POD = {"namespace": "previews", "pod": "preview-worker-0"}


def gauge(name: str, fires: str, quiet: str, **labels: str) -> tuple[dict[str, str], ...]:
    """Return one gauge both ways."""
    one = series(f"preview_worker_{name}", **labels)
    return {one: fires}, {one: quiet}


def disk(fires: str, quiet: str) -> tuple[dict[str, str], ...]:
    """Return what is free of a disk, both ways, in percent of it."""
    size = {series("preview_worker_disk_size_bytes"): "100x100"}
    free = series("preview_worker_disk_free_bytes")
    return {**size, free: fires}, {**size, free: quiet}


def an_alert(both: tuple[dict[str, str], ...], summary: str, **labels: str) -> Case:
    """Return the case of a gauge that is told for each process."""
    fires, quiet = both
    return Case(fires=fires, quiet=quiet, summary=summary, labels={**HERE, **labels})


def asked(quick: str, every: str) -> dict[str, str]:
    """Return requests that were answered within 1 s, and all of them, answered within 10 s."""
    buckets = {"1": quick, "2.5": quick, "5": quick, "10": every, "+Inf": every}
    return {**histogram(SECONDS, buckets, "0x60", http_route="/api/v1/jobs")}


def pod(metric: str, used: str, limit: str, resource: str) -> dict[str, str]:
    """Return what a pod uses, and what it may use."""
    return {
        f"{metric}{{{POD}}}": used,
        f'kube_pod_container_resource_limits{{{POD},resource="{resource}"}}': limit,
        'preview_worker_queue_size{namespace="previews",state="waiting"}': "50x60",
    }


QUEUE_CASES = {
    "PreviewQueueNearlyFull": Case(
        fires={**backlog("18x30"), series("preview_worker_queue_max_jobs"): "20x30"},
        # As many, but nobody set a limit.
        quiet={**backlog("18x30"), series("preview_worker_queue_max_jobs"): "0x30"},
        labels=QUEUE,
        summary="preview-jobs is 90% full",
    ),
    "PreviewDeadLettersGrow": Case(
        fires={series("preview_worker_dead_letters"): "0+1x90"},
        quiet={series("preview_worker_dead_letters"): "900x50 904x40"},
        at="90m",
        summary="60 more dead letters than an hour ago",
    ),
    "PreviewQueueDeep": Case(
        fires=backlog("101x30"),
        # Two processes tell of the same jobs: they are not added up.
        quiet=backlog("99x30"),
        labels=QUEUE,
        summary="101 jobs wait in preview-jobs",
    ),
    "PreviewQueueStuck": Case(
        fires=backlog("3x30"),
        quiet=backlog("3x30", active="1x30"),
        labels=QUEUE,
        summary="3 jobs wait in preview-jobs, and none is rendered",
    ),
    "PreviewQueuePaused": Case(
        fires=backlog("0x90", paused="1x90"),
        quiet=backlog("0x90", paused="0x50 1x40"),
        at="90m",
        labels={},
        summary="The queue has been paused for an hour",
    ),
    "PreviewQueueUnreachable": an_alert(
        gauge("queue_up", "0x30", "1x29 0"),
        "worker-1:3000 cannot reach Redis",
    ),
    "PreviewQueueCountsStale": an_alert(
        gauge("queue_counts_age_seconds", "0+60x30", "1x30"),
        "worker-1:3000 last counted the queue 30m 0s ago",
    ),
    "PreviewClockSkewed": an_alert(
        gauge("clock_skew_seconds", "-3x30", "1.5x30"),
        "The clock of worker-1:3000 is 3s off",
    ),
}

WORKER_CASES = {
    "PreviewLocksRenewedLate": an_alert(
        gauge("lock_age_seconds", "5x30", "1x30"),
        "Locks of worker-1:3000 are 5s old",
    ),
    "PreviewDiskLow": an_alert(disk("10x30", "20x30"), "10% of the disk of worker-1:3000 are free"),
    "PreviewDiskFillsUp": Case(
        # The one loses 100 within 24 h, the other as much in four days.
        fires={**disk("49-0.35x100", "0")[0]},
        quiet={**disk("49-0.07x100", "0")[0]},
        at="500m",
        every="5m",
        labels=HERE,
        summary="The disk of worker-1:3000 will be full within a day",
    ),
    "PreviewWorkerDown": Case(
        fires={series("up"): "1x15 0x20", series("preview_worker_build_info"): "1x15 stale"},
        # Something else that is down, which was never a worker.
        quiet={series("up"): "1x15 0x20"},
        labels=HERE,
        summary="worker-1:3000 does not answer",
    ),
    "PreviewWorkersAbsent": Case(
        fires={series("preview_worker_concurrency"): "0x30"},
        quiet={series("preview_worker_concurrency"): "2x30"},
        labels={},
        summary="No worker takes jobs",
    ),
    "PreviewWorkerRestarts": Case(
        fires={
            series("process_start_time_seconds"): "1000+300x60",
            series("preview_worker_build_info"): "1x60",
        },
        quiet={
            series("process_start_time_seconds"): "1000x50 4000x10",
            series("preview_worker_build_info"): "1x60",
        },
        at="60m",
        labels=HERE,
        summary="worker-1:3000 was started 30 times within 30 minutes",
    ),
    "PreviewIntakeStopped": an_alert(
        gauge("intake_stopped", "1x30", "0x26 1x4"),
        "worker-1:3000 takes no jobs",
    ),
    "PreviewWallsDown": an_alert(
        gauge("sandbox_mode", "1x30", "0x30", mode="partial"),
        "Renders on worker-1:3000 run with partial walls",
        mode="partial",
    ),
    "PreviewLocksLost": Case(
        fires={series("preview_worker_fenced_total"): "0+1x60"},
        quiet={series("preview_worker_fenced_total"): "0x50 1x10"},
        at="60m",
        summary="30 running jobs lost their locks within 30 minutes",
    ),
    "PreviewJobsStalled": Case(
        fires={series("preview_worker_stalled_total"): "0+1x60"},
        quiet={series("preview_worker_stalled_total"): "0x50 2x10"},
        at="60m",
        summary="30 jobs were taken from silent workers within 30 minutes",
    ),
    "PreviewWorkerMemoryHigh": Case(
        fires=pod("container_memory_working_set_bytes", "900x60", "1000x60", "memory"),
        quiet=pod("container_memory_working_set_bytes", "700x60", "1000x60", "memory"),
        labels=IN_POD,
        summary="preview-worker-0 uses 90% of its memory",
    ),
    "PreviewWorkerCpuHigh": Case(
        fires=pod("container_cpu_usage_seconds_total", "0+108x60", "2x60", "cpu"),
        # All of it is used, but nothing waits: that is what it is for.
        quiet={
            **pod("container_cpu_usage_seconds_total", "0+108x60", "2x60", "cpu"),
            'preview_worker_queue_size{namespace="previews",state="waiting"}': "0x60",
        },
        labels=IN_POD,
        summary="preview-worker-0 uses 90% of its CPU",
    ),
}

SURFACE_CASES = {
    "PreviewApiSlow": Case(
        fires=asked("0+90x60", "0+100x60"),
        quiet=asked("0+96x60", "0+100x60"),
        at="40m",
        summary="5% of requests take more than 7.5s",
    ),
    "PreviewApiTailSlow": Case(
        fires=asked("0+98x60", "0+100x60"),
        # All of them are slow, but there are ten.
        quiet=asked("0x60", "0+1x60"),
        at="40m",
        summary="1% of requests take more than 7.5s",
    ),
    "PreviewWebhooksGivenUp": Case(
        fires={series("preview_worker_webhooks_total", outcome="given_up"): "0x20 1x70"},
        quiet={series("preview_worker_webhooks_total", outcome="retried"): "0+1x90"},
        at="60m",
        summary="1 webhooks were given up",
    ),
    "PreviewLoginsThrottled": Case(
        fires={series("preview_worker_logins_total", outcome="throttled"): "0+1x30"},
        quiet={series("preview_worker_logins_total", outcome="refused"): "0+1x30"},
        summary="15 addresses brought too many wrong keys",
    ),
    "PreviewAuditNotWritten": Case(
        fires={
            series("preview_worker_audit_failures_total"): "0x90",
            series("preview_worker_audit_held_records"): "7x90",
        },
        quiet={
            series("preview_worker_audit_failures_total"): "0 5x90",
            series("preview_worker_audit_held_records"): "0x90",
        },
        summary="The audit log cannot be written",
    ),
    "PreviewAuditDropped": Case(
        fires={series("preview_worker_audit_dropped_total"): "0+2x90"},
        quiet={series("preview_worker_audit_dropped_total"): "0 2x90"},
        at="70m",
        summary="120 records are not in the audit log",
    ),
}
