"""What workers do for each other, where there are several of them."""

from __future__ import annotations

from monitoring.panels import Panel, Query, Row

_SHARED = "preview_worker_shared_scenes"


def rows() -> tuple[Row, ...]:
    """Return them."""
    return (Row("Past one machine", _FLEET, folded=True),)


def _rate(counter: str, by: str) -> str:
    return f"sum by ({by}) (rate({counter}[$__rate_interval]))"


_FLEET = (
    Panel(
        title="Do workers find what others filmed?",
        about="""Of the scenes that were asked for in the bucket, those that lay there. What a
            worker has on its own disk it asks nobody for. Only with PREVIEW_STORAGE_SCENES.""",
        queries=(
            Query(
                f'sum(rate({_SHARED}_total{{result="hit"}}[$__rate_interval]))'
                f' / sum(rate({_SHARED}_total{{result=~"hit|miss"}}[$__rate_interval]))',
                "found",
                rare=True,
            ),
        ),
        unit="percentunit",
        most=1,
        width=12,
    ),
    Panel(
        title="What becomes of shared scenes?",
        about="""Per second. What failed, storage could not give or take: such scenes are filmed
            again, and no job waits for them.""",
        queries=(Query(_rate(f"{_SHARED}_total", "result"), "{{result}}"),),
        unit="cps",
        width=12,
    ),
    Panel(
        title="What does sharing carry?",
        about="Bytes of scenes, from the bucket and to it.",
        queries=(Query(_rate(f"{_SHARED}_bytes_total", "direction"), "{{direction}}"),),
        unit="Bps",
    ),
    Panel(
        title="Do renders wait for each other?",
        about="""Renders that have nothing left to film, at any moment, because another worker
            films it.""",
        queries=(
            Query(f"sum(rate({_SHARED}_wait_seconds_total[$__rate_interval]))", "waiting renders"),
        ),
        unit="none",
    ),
    Panel(
        title="Are jobs put aside?",
        about="""Jobs that found all places of their project taken (PREVIEW_PROJECT_MAX_ACTIVE).
            Each is put aside once or twice, however many wait.""",
        queries=(
            Query("sum(increase(preview_worker_put_aside_total[$__rate_interval]))", "put aside"),
        ),
        unit="none",
    ),
    Panel(
        title="Where do assets come from?",
        about="""Assets of hosts (https) and of the bucket (s3). Unchanged ones were asked for and
            not sent again; the log tells why others were refused.""",
        queries=(
            Query(_rate("preview_worker_assets_total", "scheme, result"), "{{scheme}} {{result}}"),
        ),
        unit="cps",
        width=12,
    ),
    Panel(
        title="How much do assets weigh?",
        about="Bytes that came over the network.",
        queries=(Query(_rate("preview_worker_assets_bytes_total", "scheme"), "{{scheme}}"),),
        unit="Bps",
        width=12,
    ),
)
