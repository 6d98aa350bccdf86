"""Alerts on the workers themselves: whether they run, hold their locks, and have what they need."""

from __future__ import annotations

from monitoring.rules import BY_SERVICE, COUNT, Alert, Group

_LIMIT = "kube_pod_container_resource_limits"
_OURS = 'container="preview-worker"'


def alerts() -> Group:
    """Return them."""
    rules = (*_PRESENCE, *_LOCKS, *_MEANS)
    return Group(name="preview-worker-workers", interval="30s", rules=rules)


_PRESENCE = (
    Alert(
        name="PreviewWorkerDown",
        expr="""
            up == 0
            and on (namespace, job, instance) last_over_time(preview_worker_build_info[1h])""",
        lasts="5m",
        severity="critical",
        summary="{{ $labels.instance }} does not answer",
        description="""
            A process that was a preview worker within the last hour cannot be scraped any more,
            though it is still expected to be there. Others take what it held within 12 s.""",
    ),
    Alert(
        name="PreviewWorkersAbsent",
        expr=f"""
            absent(preview_worker_concurrency > 0)
            or (
              max by ({BY_SERVICE}) (max_over_time(preview_worker_concurrency[1h])) > 0
              unless max by ({BY_SERVICE}) (preview_worker_concurrency) > 0
              and on () count(preview_worker_concurrency > 0)
            )""",
        lasts="5m",
        severity="critical",
        summary="No worker{{ with $labels.job }} of {{ . }}{{ end }} takes jobs",
        description="""
            Prometheus sees no process that may hold a job, of all or of a scrape job that had some
            within the last hour: none runs, none is scraped, or all have
            PREVIEW_MAX_CONCURRENCY=0. Jobs are accepted and wait.""",
    ),
    Alert(
        name="PreviewWorkerRestarts",
        expr="""
            changes(process_start_time_seconds[30m]) > 3
            and on (namespace, job, instance) preview_worker_build_info""",
        lasts="5m",
        severity="warning",
        summary="{{ $labels.instance }} was started {{ $value }} times within 30 minutes",
        description="""
            A worker ends again and again. Whatever it held each time was rendered once more.""",
    ),
    Alert(
        name="PreviewIntakeStopped",
        expr="preview_worker_intake_stopped == 1",
        lasts="5m",
        severity="critical",
        summary="{{ $labels.instance }} takes no jobs",
        description="""
            A worker runs but has taken no jobs for 5 minutes, because a part of it could not do its
            work: a disk without room, walls that do not stand, renders that keep crashing.""",
    ),
    Alert(
        name="PreviewWallsDown",
        expr='preview_worker_sandbox_mode{mode=~"partial|none"} == 1',
        lasts="5m",
        severity="critical",
        summary="Renders on {{ $labels.instance }} run with {{ $labels.mode }} walls",
        description="""
            Not every wall around render processes stands, so a payload that breaks a decoder could
            reach further than it should. With PREVIEW_SANDBOX=required no jobs are taken.""",
    ),
)

_LOCKS = (
    Alert(
        name="PreviewLocksRenewedLate",
        expr="max_over_time(preview_worker_lock_age_seconds[1m]) > 4",
        lasts="2m",
        severity="warning",
        summary="Locks of {{ $labels.instance }} are {{ $value | humanizeDuration }} old",
        description="""
            Locks are renewed every half second and live 8 s. These are renewed so late that they
            are about to be lost: Redis, the network or the event loop is slow.""",
    ),
    Alert(
        name="PreviewLocksLost",
        expr=f"sum by ({BY_SERVICE}) (increase(preview_worker_fenced_total[30m])) > 2.5",
        lasts="1m",
        severity="warning",
        summary=COUNT + " running jobs lost their locks within 30 minutes",
        description="""
            Renders were stopped and begun again elsewhere, because their locks were lost. Nothing
            was published twice; the time was spent twice.""",
    ),
    Alert(
        name="PreviewJobsStalled",
        expr=f"sum by ({BY_SERVICE}) (increase(preview_worker_stalled_total[30m])) > 2.5",
        lasts="1m",
        severity="warning",
        summary=COUNT + " jobs were taken from silent workers within 30 minutes",
        description="""
            Workers fell silent while they held jobs: they were killed, ran out of memory or stood
            still for longer than a lock lives.""",
    ),
)

_MEANS = (
    Alert(
        name="PreviewDiskLow",
        expr="preview_worker_disk_free_bytes / preview_worker_disk_size_bytes < 0.15",
        lasts="5m",
        severity="critical",
        summary="{{ $value | humanizePercentage }} of the disk of {{ $labels.instance }} are free",
        description="""
            Less than 15 % of the disk of DATA_DIR is free. Below its reserve the worker takes no
            jobs; nothing is published half.""",
    ),
    Alert(
        name="PreviewDiskFillsUp",
        expr="""
            predict_linear(preview_worker_disk_free_bytes[6h], 24 * 3600) < 0
            and preview_worker_disk_free_bytes / preview_worker_disk_size_bytes < 0.5""",
        lasts="1h",
        severity="warning",
        summary="The disk of {{ $labels.instance }} will be full within a day",
        description="""
            At the speed of the last six hours nothing is free in 24 hours, and half of the disk is
            used already.""",
    ),
    Alert(
        name="PreviewWorkerMemoryHigh",
        expr=f"""
            max by (namespace, pod) (container_memory_working_set_bytes{{{_OURS}}})
              / max by (namespace, pod) ({_LIMIT}{{{_OURS},resource="memory"}}) > 0.8""",
        lasts="10m",
        severity="warning",
        summary="{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory",
        description="""
            A pod has used more than 80 % of its memory limit for 10 minutes. Above 100 % the kernel
            kills a render, or the worker.""",
    ),
    Alert(
        name="PreviewWorkerCpuHigh",
        expr=f"""
            sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{{{_OURS}}}[5m]))
              / max by (namespace, pod) ({_LIMIT}{{{_OURS},resource="cpu"}}) > 0.8
            and on (namespace) max by (namespace) (
              preview_worker_queue_size{{state=~"waiting|prioritized"}}
            ) > 10""",
        lasts="10m",
        severity="warning",
        summary="{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its CPU",
        description="""
            A pod has used more than 80 % of its CPU limit for 10 minutes while jobs wait. That is
            what a limit is for; but more pods would make the queue shorter.""",
    ),
)
