"""Alerts on how jobs end and how long they take."""

from __future__ import annotations

from monitoring.objective import FEW, RATIO, SPOILT
from monitoring.rules import BY_SERVICE, COUNT, Alert, Group

_DURATION = "preview_worker_job_duration_seconds"
_STARVED = "permanent[.]timeout|transient[.]starved"


def alerts() -> Group:
    """Return them."""
    rules = (*_FAILURES, *_TIMES, *_CAUSES)
    return Group(name="preview-worker-jobs", interval="30s", rules=rules)


def _sum(series: str, window: str) -> str:
    return f"sum by ({BY_SERVICE}) (increase({series}[{window}]))"


_FAILURES = (
    Alert(
        name="PreviewJobsFail",
        expr=f"{RATIO}5m > 0.01\nand {SPOILT}10m > {FEW}",
        lasts="5m",
        severity="warning",
        summary="{{ $value | humanizePercentage }} of jobs fail",
        description="""
            More than 1 % of the jobs that ended within 5 minutes failed, and at least three within
            10 minutes. Payloads that were invalid are not counted.""",
    ),
    Alert(
        name="PreviewJobHighFailureRate",
        expr=f"{RATIO}5m > 0.05\nand {SPOILT}5m > {FEW}",
        lasts="5m",
        severity="critical",
        summary="{{ $value | humanizePercentage }} of jobs fail",
        description="""
            More than 5 % of the jobs that ended within 5 minutes failed, and at least three.
            Payloads that were invalid are not counted.""",
    ),
    Alert(
        name="PreviewRollbackNeeded",
        expr=f"""
            {RATIO}10m > 0.05
            and {SPOILT}10m > {FEW}
            and on ({BY_SERVICE}) (
              count by ({BY_SERVICE}, version) (preview_worker_build_info)
              unless count by ({BY_SERVICE}, version) (preview_worker_build_info offset 1h)
            )""",
        lasts="10m",
        severity="critical",
        summary="{{ $value | humanizePercentage }} of jobs fail since a new version runs",
        description="""
            More than 5 % of jobs have been failing for 10 minutes, and a version runs that did not
            run an hour ago. Roll it back first, and look for the reason then.""",
    ),
    Alert(
        name="PreviewPayloadsInvalid",
        expr=f"""
            {_sum('preview_worker_errors_total{code=~"invalid[.].+"}', "30m")}
              / {_sum('preview_worker_jobs_total{outcome=~"completed|failed"}', "30m")} > 0.2
            and {_sum('preview_worker_errors_total{code=~"invalid[.].+"}', "30m")} > {FEW}""",
        lasts="15m",
        severity="warning",
        summary="{{ $value | humanizePercentage }} of jobs have an invalid payload",
        description="""
            More than a fifth of the jobs that ended within 30 minutes could not be rendered by
            anybody. It does not touch the error budget, but somebody does not get any previews.""",
    ),
)

_TIMES = (
    Alert(
        name="PreviewRenderSlow",
        expr=f"""
            histogram_quantile(0.95,
              sum by ({BY_SERVICE}, le) (rate({_DURATION}_bucket[15m]))
            ) > 45
            and {_sum(f"{_DURATION}_count", "15m")} > 10""",
        lasts="15m",
        severity="warning",
        summary="A job in twenty takes more than {{ $value | humanizeDuration }}",
        description="""
            The 95th percentile of the time from lease to settlement is above 45 s over 15 minutes
            and more than ten jobs.""",
    ),
    Alert(
        name="PreviewRenderSlowOnAverage",
        expr=f"""
            sum by ({BY_SERVICE}) (rate({_DURATION}_sum[15m]))
              / sum by ({BY_SERVICE}) (rate({_DURATION}_count[15m])) > 60""",
        lasts="10m",
        severity="warning",
        summary="A job takes {{ $value | humanizeDuration }} on average",
        description="""
            The mean time from lease to settlement is above 60 s over 15 minutes: not a few jobs are
            slow, but most.""",
    ),
    Alert(
        name="PreviewTimeouts",
        expr=f"""
            {_sum(f'preview_worker_errors_total{{code=~"{_STARVED}"}}', "10m")}
              / {_sum("preview_worker_jobs_total", "10m")} > 0.01
            and {_sum(f'preview_worker_errors_total{{code=~"{_STARVED}"}}', "10m")} > {FEW}""",
        lasts="5m",
        severity="critical",
        summary="{{ $value | humanizePercentage }} of attempts run out of time",
        description="""
            More than 1 % of the attempts that ended within 10 minutes, and at least three, did not
            finish within PREVIEW_RENDER_TIMEOUT_S, for their own slowness or for want of CPU.""",
    ),
    Alert(
        name="PreviewTimeoutsOverWeek",
        expr=f"""
            {_sum(f'preview_worker_errors_total{{code=~"{_STARVED}"}}', "7d")}
              / {_sum("preview_worker_jobs_total", "7d")} > 0.005
            and {_sum(f'preview_worker_errors_total{{code=~"{_STARVED}"}}', "7d")} > {FEW}""",
        lasts="1h",
        severity="warning",
        summary="{{ $value | humanizePercentage }} of attempts ran out of time within a week",
        description="""
            More than 0.5 % of the attempts of seven days did not finish within
            PREVIEW_RENDER_TIMEOUT_S.""",
    ),
)

_CAUSES = (
    Alert(
        name="PreviewMemoryShort",
        expr=(
            "sum by (namespace, job, code) (increase(preview_worker_errors_total{code=~"
            '"permanent[.]memory_budget|transient[.]oom|transient[.]exhausted"}[30m]))'
            f" > {FEW}"
        ),
        lasts="5m",
        severity="warning",
        summary=COUNT + " renders ended with {{ $labels.code }} within 30 minutes",
        description="""
            Renders do not get the memory, processes or descriptors that they need, from their own
            budget or from the machine.""",
    ),
    Alert(
        name="PreviewRendersRestart",
        expr=(
            "sum by (namespace, job, reason)"
            f" (increase(preview_worker_child_restarts_total[15m])) > {FEW}"
        ),
        lasts="5m",
        severity="warning",
        summary=COUNT + " restarts for {{ $labels.reason }} within 15 minutes",
        description="""
            Render processes crash, or the process that they are forked from ends. The jobs may have
            become previews all the same, at the second try.""",
    ),
    Alert(
        name="PreviewDefects",
        expr=_sum("preview_worker_defects_total", "15m") + " > 0",
        lasts="1m",
        severity="warning",
        summary="The worker met " + COUNT + " cases that it does not handle",
        description="""
            Our own code raised an error that it did not expect. Each has a traceback in the log,
            and each is worth a report.""",
    ),
    Alert(
        name="PreviewWorkersKilledByJobs",
        expr=_sum('preview_worker_errors_total{code="permanent.worker_killer"}', "1h") + " > 0",
        lasts="1m",
        severity="warning",
        summary=COUNT + " jobs ended one worker after the other",
        description="""
            A job was failed without another attempt, because every worker that took it fell silent.
            Its payload lies among the dead letters.""",
    ),
)
