"""What the workers have, and how they are."""

from __future__ import annotations

from monitoring.panels import Panel, Query, Row

_MEMORY = "preview_worker_child_peak_memory_bytes"


def rows() -> tuple[Row, ...]:
    """Return them."""
    return (Row("Workers", _WORKERS), Row("What do they use?", _MEANS, folded=True))


_WORKERS = (
    Panel(
        title="What runs?",
        about="Version and Python of each process. Two versions at a time are a rollout.",
        queries=(Query("count by (instance, version, python) (preview_worker_build_info)"),),
        unit="none",
        shape="table",
        width=8,
    ),
    Panel(
        title="Are the workers busy?",
        about="Jobs that are held, and how many may be.",
        queries=(
            Query("sum(preview_worker_active_jobs)", "held"),
            Query("sum(preview_worker_concurrency)", "at most"),
        ),
        unit="none",
        width=8,
    ),
    Panel(
        title="Does somebody take no jobs?",
        about="1 while a worker stops, or takes none because a part of it could not do its work.",
        queries=(
            Query("preview_worker_draining", "{{instance}} stops"),
            Query("preview_worker_intake_stopped", "{{instance}} could not work"),
        ),
        unit="none",
        width=8,
        steps=((None, "transparent"), (1, "red")),
        alerts=("PreviewIntakeStopped",),
    ),
    Panel(
        title="Which walls stand around renders?",
        about="As the inspection at the start found. Only full is good for payloads of strangers.",
        queries=(Query("preview_worker_sandbox_mode == 1", "{{instance}}: {{mode}}"),),
        unit="none",
        width=8,
        alerts=("PreviewWallsDown",),
    ),
    Panel(
        title="Are locks renewed in time?",
        about="Age of the oldest lock that each worker holds. It is lost at 8 s.",
        queries=(Query("preview_worker_lock_age_seconds", "{{instance}}"),),
        unit="s",
        width=8,
        steps=((None, "transparent"), (4, "orange"), (8, "red")),
        alerts=("PreviewLocksRenewedLate", "PreviewLocksLost"),
    ),
    Panel(
        title="Do workers start anew?",
        about="Starts of each process within 30 minutes.",
        queries=(Query("changes(process_start_time_seconds[30m])", "{{instance}}"),),
        unit="none",
        width=8,
        steps=((None, "transparent"), (3, "red")),
        alerts=("PreviewWorkerRestarts",),
    ),
)

_MEANS = (
    Panel(
        title="How much of the disk is free?",
        about="Of the disk of DATA_DIR.",
        queries=(
            Query(
                "preview_worker_disk_free_bytes / preview_worker_disk_size_bytes", "{{instance}}"
            ),
        ),
        unit="percentunit",
        most=1,
        width=8,
        steps=((None, "red"), (0.15, "transparent")),
        alerts=("PreviewDiskLow", "PreviewDiskFillsUp"),
    ),
    Panel(
        title="How much CPU do renders use?",
        about="Processors that are kept busy, by renders and by the workers themselves.",
        queries=(
            Query(
                "sum by (instance) (rate(preview_worker_child_cpu_seconds_total"
                "[$__rate_interval]))",
                "{{instance}} renders",
            ),
            Query(
                "sum by (instance) (rate(process_cpu_seconds_total[$__rate_interval]))",
                "{{instance}} itself",
            ),
        ),
        unit="none",
        width=8,
        alerts=("PreviewWorkerCpuHigh",),
    ),
    Panel(
        title="How much memory do renders need?",
        about="The most that a render had resident, against PREVIEW_RENDER_MEMORY_MAX_BYTES.",
        queries=tuple(
            Query(
                f"histogram_quantile({quantile},"
                f" sum by (le) (rate({_MEMORY}_bucket[$__rate_interval])))",
                f"p{quantile * 100:g}",
            )
            for quantile in (0.5, 0.95)
        ),
        unit="bytes",
        width=8,
        alerts=("PreviewMemoryShort", "PreviewWorkerMemoryHigh"),
    ),
    Panel(
        title="How much memory do workers need?",
        about="Of the workers themselves, without their renders. It should be flat.",
        queries=(Query("process_resident_memory_bytes", "{{instance}}"),),
        unit="bytes",
        width=8,
    ),
    Panel(
        title="How many files are open?",
        about="As a share of what each process may have open.",
        queries=(Query("process_open_fds / process_max_fds", "{{instance}}"),),
        unit="percentunit",
        width=8,
        steps=((None, "transparent"), (0.8, "red")),
    ),
    Panel(
        title="What does retention remove?",
        about="Previews that were too old, or all together too large.",
        queries=(
            Query(
                "sum by (reason) (increase(preview_worker_retired_previews_total"
                "[$__rate_interval]))",
                "{{reason}}",
            ),
        ),
        unit="none",
        width=8,
    ),
)
