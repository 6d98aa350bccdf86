"""Why jobs fail, and where rendering spends its time."""

from __future__ import annotations

from monitoring.panels import Panel, Query, Row

_PHASE = "preview_worker_phase_duration_seconds"


def rows() -> tuple[Row, ...]:
    """Return them."""
    return (
        Row("Why do jobs fail?", _FAILURES),
        Row("Where does rendering spend its time?", _RENDERING, folded=True),
        Row("What need not be rendered?", _CACHE, folded=True),
    )


_FAILURES = (
    Panel(
        title="Which errors are there?",
        about="""Attempts that ended with an error, by code. invalid.* is the producer's fault,
            transient.* the surroundings', permanent.* ours or the input's.""",
        queries=(
            Query(
                "sum by (code) (increase(preview_worker_errors_total[$__rate_interval])) > 0",
                "{{code}}",
                rare=True,
            ),
        ),
        unit="none",
        width=12,
        stacked=True,
        alerts=("PreviewPayloadsInvalid", "PreviewMemoryShort"),
    ),
    Panel(
        title="Which errors are there most often?",
        about="Over the time that is shown.",
        queries=(
            Query(
                "topk(10, sum by (code) (increase(preview_worker_errors_total[$__range])) > 0)",
                rare=True,
            ),
        ),
        unit="none",
        shape="table",
        width=6,
    ),
    Panel(
        title="Do renders run out of time?",
        about="Share of attempts, for their own slowness or for want of CPU.",
        queries=(
            Query(
                "sum(increase(preview_worker_errors_total"
                '{code=~"permanent[.]timeout|transient[.]starved"}[10m]))'
                " / sum(increase(preview_worker_jobs_total[10m]))",
                "10m",
            ),
        ),
        unit="percentunit",
        width=6,
        steps=((None, "transparent"), (0.005, "orange"), (0.01, "red")),
        alerts=("PreviewTimeouts", "PreviewTimeoutsOverWeek"),
    ),
    Panel(
        title="How do render processes end?",
        about="ok and error are in order: they told what became of the job.",
        queries=(
            Query(
                "sum by (status) (increase(preview_worker_child_exits_total[$__rate_interval]))",
                "{{status}}",
            ),
        ),
        unit="none",
        width=8,
        stacked=True,
        alerts=("PreviewMemoryShort",),
    ),
    Panel(
        title="How often is a render begun anew?",
        about="""After a crash, in a fresh process; or because the process that they are forked from
            had ended.""",
        queries=(
            Query(
                "sum by (reason) (increase(preview_worker_child_restarts_total[$__rate_interval]))",
                "{{reason}}",
            ),
        ),
        unit="none",
        width=8,
        alerts=("PreviewRendersRestart",),
    ),
    Panel(
        title="Did the worker meet what it does not handle?",
        about="Each has a traceback in the log.",
        queries=(
            Query(
                "sum by (instance) (increase(preview_worker_defects_total[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
        unit="none",
        width=8,
        steps=((None, "transparent"), (1, "red")),
        alerts=("PreviewDefects",),
    ),
)

_RENDERING = (
    Panel(
        title="How busy is each step?",
        about="Seconds spent in a step per second, over all workers.",
        queries=(Query(f"sum by (phase) (rate({_PHASE}_sum[$__rate_interval]))", "{{phase}}"),),
        unit="none",
        width=12,
        stacked=True,
    ),
    Panel(
        title="How long does each step take?",
        about="For 19 of 20 renders.",
        queries=(
            Query(
                f"histogram_quantile(0.95,"
                f" sum by (phase, le) (rate({_PHASE}_bucket[$__rate_interval])))",
                "{{phase}}",
            ),
        ),
        unit="s",
        width=12,
        alerts=("PreviewRenderSlow",),
    ),
    Panel(
        title="How much faster than it plays is video rendered?",
        about="""Seconds of video per second of rendering; half of the renders are slower than p50,
            one in twenty slower than p5. Below 1 somebody who watches live has to wait.""",
        queries=tuple(
            Query(
                f"histogram_quantile({quantile}, sum by (le)"
                " (rate(preview_worker_render_realtime_ratio_bucket[$__rate_interval])))",
                f"p{quantile * 100:g}",
            )
            for quantile in (0.05, 0.5)
        ),
        unit="none",
        width=8,
        steps=((None, "red"), (1, "transparent")),
    ),
    Panel(
        title="How much video comes out?",
        about="Seconds of published video per second.",
        queries=(
            Query(
                "sum(rate(preview_worker_published_video_seconds_total[$__rate_interval]))",
                "seconds of video per second",
            ),
        ),
        unit="none",
        width=8,
    ),
    Panel(
        title="How large are previews?",
        about="All files of a preview; half of them, and 19 of 20, are smaller.",
        queries=tuple(
            Query(
                f"histogram_quantile({quantile}, sum by (le)"
                " (rate(preview_worker_artifact_bytes_bucket[$__rate_interval])))",
                f"p{quantile * 100:g}",
            )
            for quantile in (0.5, 0.95)
        ),
        unit="bytes",
        width=8,
    ),
    Panel(
        title="How much is written?",
        about="Bytes of published files per second.",
        queries=(
            Query("sum(rate(preview_worker_published_bytes_total[$__rate_interval]))", "published"),
            Query("sum(rate(preview_worker_retired_bytes_total[$__rate_interval]))", "retired"),
        ),
        unit="Bps",
        width=24,
        height=6,
    ),
)

_CACHE = (
    Panel(
        title="How many shots come from the cache?",
        about="Share of scenes and transitions of published previews that were not filmed anew.",
        queries=(
            Query(
                'sum(increase(preview_worker_scenes_total{cache="hit"}[$__rate_interval]))'
                " / sum(increase(preview_worker_scenes_total[$__rate_interval]))",
                "from the cache",
            ),
        ),
        unit="percentunit",
        most=1,
        width=8,
    ),
    Panel(
        title="How many shots are filmed?",
        about="Scenes and transitions per second, by whether the cache had them.",
        queries=(
            Query(
                "sum by (cache) (rate(preview_worker_scenes_total[$__rate_interval]))",
                "{{cache}}",
            ),
        ),
        unit="cps",
        width=8,
        stacked=True,
    ),
    Panel(
        title="How many jobs needed no rendering?",
        about="""The same input was published already, or only a plan was asked for; share of
            completed jobs.""",
        queries=(
            Query(
                "sum(increase(preview_worker_reused_previews_total[$__rate_interval]))"
                ' / sum(increase(preview_worker_jobs_total{outcome="completed"}'
                "[$__rate_interval]))",
                "reused",
            ),
            Query(
                "sum(increase(preview_worker_dry_runs_total[$__rate_interval]))"
                ' / sum(increase(preview_worker_jobs_total{outcome="completed"}'
                "[$__rate_interval]))",
                "planned",
            ),
        ),
        unit="percentunit",
        most=1,
        width=8,
    ),
)
