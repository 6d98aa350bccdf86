"""Alerts on the queue: how deep it is, whether it moves, whether it answers at all.

Every process that is connected to a queue tells the same counts, so the largest is taken, not the
sum.
"""

from __future__ import annotations

from monitoring.rules import BY_SERVICE, COUNT, Alert, Group

BY_QUEUE = "namespace, queue"
BACKLOG = (
    f"max by ({BY_QUEUE}) (sum by ({BY_QUEUE}, job, instance) ("
    'preview_worker_queue_size{state=~"waiting|prioritized"}))'
)
"""Producers that give priorities fill ``prioritized`` alone."""

_RUNNING = f'max by ({BY_QUEUE}) (preview_worker_queue_size{{state="active"}})'
_PAUSED = "max by (namespace) (preview_worker_queue_paused)"


def alerts() -> Group:
    """Return them."""
    return Group(name="preview-worker-queue", interval="30s", rules=(*_DEPTH, *_REACH))


_DEPTH = (
    Alert(
        name="PreviewQueueNearlyFull",
        expr=f"""
            {BACKLOG}
              / on (namespace) group_left ()
              max by (namespace) (preview_worker_queue_max_jobs > 0) > 0.8""",
        lasts="10m",
        severity="critical",
        summary="{{ $labels.queue }} is {{ $value | humanizePercentage }} full",
        description="""
            More than 80 % of PREVIEW_QUEUE_MAX have been waiting for 10 minutes. At 100 % new jobs
            are refused.""",
    ),
    Alert(
        name="PreviewQueueDeep",
        expr=f"{BACKLOG} > 100",
        lasts="10m",
        severity="warning",
        summary="{{ $value }} jobs wait in {{ $labels.queue }}",
        description="""
            More than 100 jobs have been waiting for 10 minutes: more come in than are rendered.""",
    ),
    Alert(
        name="PreviewQueueStuck",
        expr=f"""
            {BACKLOG} > 0
            and {_RUNNING} == 0
            unless on (namespace) {_PAUSED} == 1""",
        lasts="10m",
        severity="critical",
        summary="{{ $value }} jobs wait in {{ $labels.queue }}, and none is rendered",
        description="""
            Jobs have been waiting for 10 minutes while no worker held any, although nobody paused
            the queue. The depth may be small; nothing comes out.""",
    ),
    Alert(
        name="PreviewQueuePaused",
        expr=f"{_PAUSED} == 1",
        lasts="1h",
        severity="warning",
        summary="The queue has been paused for an hour",
        description="""
            Somebody paused the queue and may have forgotten to resume it. Jobs are accepted, and
            wait.""",
    ),
)

_REACH = (
    Alert(
        name="PreviewDeadLettersGrow",
        expr=f"max by ({BY_SERVICE}) (delta(preview_worker_dead_letters[1h])) > 5",
        lasts="5m",
        severity="warning",
        summary=COUNT + " more dead letters than an hour ago",
        description="""
            Jobs keep failing for good. Their payloads are kept, PREVIEW_DEAD_MAX_COUNT of them and
            for PREVIEW_DEAD_MAX_AGE_S; the oldest are forgotten then.""",
    ),
    Alert(
        name="PreviewQueueUnreachable",
        expr="preview_worker_queue_up == 0",
        lasts="2m",
        severity="critical",
        summary="{{ $labels.instance }} cannot reach Redis",
        description="""
            Redis has not answered this process for 2 minutes. Renders that run go on and are
            settled once it answers; no job is lost, and none is taken.""",
    ),
    Alert(
        name="PreviewQueueCountsStale",
        expr="preview_worker_queue_counts_age_seconds > 120",
        lasts="5m",
        severity="warning",
        summary="{{ $labels.instance }} last counted the queue {{ $value | humanizeDuration }} ago",
        description="""
            The counts of the queue are old, so the alerts on its depth look at the past. Redis is
            away or too slow to count.""",
    ),
    Alert(
        name="PreviewClockSkewed",
        expr="abs(preview_worker_clock_skew_seconds) > 2",
        lasts="10m",
        severity="warning",
        summary="The clock of {{ $labels.instance }} is {{ $value | humanizeDuration }} off",
        description="""
            The clocks of a worker and of Redis differ by more than 2 s. Locks do not mind, but
            delayed jobs start early or late, and times in logs do not fit together.""",
    ),
)
