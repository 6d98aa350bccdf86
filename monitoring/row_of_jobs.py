"""What everybody wants to know: whether previews come, how soon, and what is left of the budget."""

from __future__ import annotations

from monitoring.objective import BURNS, JUDGED, OBJECTIVE, RATIO
from monitoring.on_queue import BACKLOG
from monitoring.panels import Panel, Query, Row, Steps

_BUDGET = f"{1 - OBJECTIVE:.3f}"
_GOOD_LOW = ((None, "green"), (1, "orange"), (6, "red"))
_DURATION = "preview_worker_job_duration_seconds"
_WAIT = "preview_worker_queue_wait_seconds"


def rows() -> tuple[Row, ...]:
    """Return them."""
    return (
        Row("Do previews come?", (*_GLANCE, *_FIRING)),
        Row(f"Objective: {OBJECTIVE:.1%} of jobs become previews, over seven days", _OBJECTIVE),
        Row("Queue", _QUEUE),
        Row("How long does it take?", _LATENCY),
    )


def _quantiles(histogram: str, *quantiles: float) -> tuple[Query, ...]:
    return tuple(
        Query(
            f"histogram_quantile({quantile},"
            f" sum by (le) (rate({histogram}_bucket[$__rate_interval])))",
            f"p{quantile * 100:g}",
        )
        for quantile in quantiles
    )


def _stat(*said: str, unit: str, steps: Steps, alerts: tuple[str, ...] = ()) -> Panel:
    """Return one figure; what is ``said`` is its title, how to read it, and the query."""
    title, about, query = said
    return Panel(
        title=title,
        about=about,
        queries=(Query(query),),
        unit=unit,
        shape="stat",
        width=4,
        height=4,
        steps=steps,
        alerts=alerts,
    )


_GLANCE = (
    _stat(
        "Jobs that became previews, 7 days",
        "Of the jobs that ended within seven days and whose payload was valid.",
        f"1 - max({RATIO}7d)",
        unit="percentunit",
        steps=((None, "red"), (OBJECTIVE, "green")),
    ),
    _stat(
        "Error budget left",
        f"What is left of the {1 - OBJECTIVE:.1%} of jobs that may fail within seven days.",
        f"clamp_min(1 - max({RATIO}7d) / {_BUDGET}, 0)",
        unit="percentunit",
        steps=((None, "red"), (0.25, "orange"), (0.5, "green")),
        alerts=("PreviewErrorBudgetLeaks",),
    ),
    _stat(
        "Burn rate, last hour",
        "1 spends the budget in just seven days, 14.4 in twelve hours.",
        f"max({RATIO}1h) / {_BUDGET}",
        unit="none",
        steps=_GOOD_LOW,
        alerts=("PreviewErrorBudgetBurnsFast",),
    ),
    _stat(
        "Jobs that wait",
        "Waiting and prioritised together, over all queues that are chosen.",
        f"sum({BACKLOG})",
        unit="none",
        steps=((None, "green"), (50, "orange"), (100, "red")),
        alerts=("PreviewQueueDeep", "PreviewQueueStuck"),
    ),
    _stat(
        "Workers that take jobs",
        "Processes that may hold at least one job.",
        "count(preview_worker_concurrency > 0)",
        unit="none",
        steps=((None, "red"), (1, "green")),
        alerts=("PreviewWorkersAbsent", "PreviewWorkerDown"),
    ),
    _stat(
        "19 of 20 jobs take less than",
        "From lease to settlement, over the time that is shown.",
        f"histogram_quantile(0.95, sum by (le) (rate({_DURATION}_bucket[$__range])))",
        unit="s",
        steps=((None, "green"), (30, "orange"), (45, "red")),
        alerts=("PreviewRenderSlow",),
    ),
)

_FIRING = (
    Panel(
        title="How do attempts end?",
        about="""Each attempt once. A retry is followed by another attempt; what was handed back or
            lost is begun again elsewhere.""",
        queries=(
            Query(
                "sum by (outcome) (increase(preview_worker_jobs_total[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        unit="none",
        width=12,
        stacked=True,
        alerts=("PreviewJobHighFailureRate", "PreviewJobsFail"),
    ),
    Panel(
        title="Which alerts fire now?",
        about="Of those in alerts.yml. Each has a section of its name in the runbook.",
        queries=(
            Query(
                "count by (alertname, severity, instance)"
                ' (ALERTS{alertname=~"Preview.+",alertstate="firing"})',
                rare=True,
            ),
        ),
        unit="none",
        shape="table",
        width=12,
    ),
)

_OBJECTIVE = (
    Panel(
        title="How fast is the budget spent?",
        about="""Burn rate over windows of different length. An alert needs a long and a short one
            above its line: 14.4 over 1 h and 5 min, 6 over 6 h and 30 min, 3 over 1 d and 2 h, 1
            over 3 d and 6 h. Invalid payloads are not counted: they are their producers' fault.""",
        queries=tuple(Query(f"max({RATIO}{burn.long}) / {_BUDGET}", burn.long) for burn in BURNS),
        unit="none",
        width=12,
        steps=((None, "transparent"), (1, "yellow"), (6, "orange"), (14.4, "red")),
        alerts=tuple(burn.alert for burn in BURNS),
    ),
    Panel(
        title="What share of jobs failed?",
        about="Of those that ended within the window and whose payload was valid.",
        queries=tuple(
            Query(f"max({RATIO}{window})", window) for window in ("5m", "1h", "1d", "7d")
        ),
        unit="percentunit",
        width=6,
        steps=((None, "transparent"), (float(_BUDGET), "orange"), (0.05, "red")),
        alerts=("PreviewJobsFail", "PreviewJobHighFailureRate", "PreviewRollbackNeeded"),
    ),
    Panel(
        title="How many jobs are judged?",
        about="A share of few jobs says little: alerts want at least three failures.",
        queries=(
            Query(f"sum({JUDGED}1h)", "judged within 1 h"),
            Query(
                'sum(increase(preview_worker_errors_total{code=~"invalid[.].+"}[1h]))',
                "invalid, not judged",
            ),
        ),
        unit="none",
        width=6,
        alerts=("PreviewPayloadsInvalid",),
    ),
)

_QUEUE = (
    Panel(
        title="How many jobs are in the queue?",
        about="""By BullMQ's states. Finished jobs that the queue still keeps are left out.""",
        queries=(
            Query(
                'max by (queue, state) (preview_worker_queue_size{state!~"completed|failed"})',
                "{{queue}}: {{state}}",
            ),
        ),
        unit="none",
        width=12,
        stacked=True,
        alerts=("PreviewQueueDeep", "PreviewQueueStuck", "PreviewQueuePaused"),
    ),
    Panel(
        title="How long do jobs wait?",
        about="From the moment a job was ready to the moment a worker took it.",
        queries=_quantiles(_WAIT, 0.5, 0.95, 0.99),
        unit="s",
        width=12,
        alerts=("PreviewQueueDeep",),
    ),
    Panel(
        title="How full is the queue?",
        about="Jobs that wait, as a share of PREVIEW_QUEUE_MAX. Nothing where there is no limit.",
        queries=(
            Query(
                f"{BACKLOG} / on () group_left () max(preview_worker_queue_max_jobs > 0)",
                "{{queue}}",
            ),
        ),
        unit="percentunit",
        width=8,
        steps=((None, "transparent"), (0.8, "red")),
        alerts=("PreviewQueueNearlyFull",),
    ),
    Panel(
        title="How many dead letters are there?",
        about="Jobs that failed for good and that nobody has replayed or dropped yet.",
        queries=(Query("max(preview_worker_dead_letters)", "dead letters"),),
        unit="none",
        width=8,
        alerts=("PreviewDeadLettersGrow",),
    ),
    Panel(
        title="How many jobs does the queue finish?",
        about="Per second, by whatever worker, Node's among them, as BullMQ itself counts.",
        queries=(
            Query(
                "max by (queue) (rate(bullmq_job_completed_total[$__rate_interval]))",
                "{{queue}} completed",
            ),
            Query(
                "max by (queue) (rate(bullmq_job_failed_total[$__rate_interval]))",
                "{{queue}} failed",
            ),
        ),
        unit="cps",
        width=8,
    ),
    Panel(
        title="Does the queue answer?",
        about="""Age of the counts on this page, by process. They are as old as the last answer of
            Redis.""",
        queries=(Query("preview_worker_queue_counts_age_seconds", "{{instance}}"),),
        unit="s",
        width=8,
        steps=((None, "transparent"), (5, "orange"), (120, "red")),
        alerts=("PreviewQueueUnreachable", "PreviewQueueCountsStale"),
    ),
    Panel(
        title="Do jobs fall back?",
        about="Taken from silent workers, lost to a lock, handed back at a stop, failed unread.",
        queries=(
            Query("sum(increase(preview_worker_stalled_total[$__rate_interval]))", "stalled"),
            Query("sum(increase(preview_worker_fenced_total[$__rate_interval]))", "lock lost"),
            Query(
                "sum(increase(preview_worker_handed_back_total[$__rate_interval]))",
                "handed back",
            ),
            Query("sum(increase(preview_worker_poisoned_total[$__rate_interval]))", "poisoned"),
        ),
        unit="none",
        width=8,
        alerts=("PreviewLocksLost", "PreviewJobsStalled", "PreviewWorkersKilledByJobs"),
    ),
    Panel(
        title="Do the clocks agree?",
        about="How far the clock of each process is ahead of that of Redis.",
        queries=(Query("abs(preview_worker_clock_skew_seconds)", "{{instance}}"),),
        unit="s",
        width=8,
        steps=((None, "transparent"), (2, "red")),
        alerts=("PreviewClockSkewed",),
    ),
)

_LATENCY = (
    Panel(
        title="How long does a job take?",
        about="From lease to settlement, whatever came of it. The objective is 45 s for 19 of 20.",
        queries=(
            *_quantiles(_DURATION, 0.5, 0.95, 0.99),
            Query(
                f"sum(rate({_DURATION}_sum[$__rate_interval]))"
                f" / sum(rate({_DURATION}_count[$__rate_interval]))",
                "mean",
            ),
        ),
        unit="s",
        width=12,
        steps=((None, "transparent"), (45, "red")),
        alerts=("PreviewRenderSlow", "PreviewRenderSlowOnAverage"),
    ),
    Panel(
        title="Are there two kinds of jobs?",
        about="How many jobs took how long. Reused and planned ones lie at the bottom.",
        queries=(Query(f"sum by (le) (increase({_DURATION}_bucket[$__rate_interval]))", "{{le}}"),),
        unit="s",
        shape="heatmap",
        width=12,
    ),
)
