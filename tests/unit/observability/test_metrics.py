"""What happens is counted once, under the right name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast, get_args

import pytest

from preview_worker import events
from tests.unit.observability.happenings import EVENTS, TRACE, published
from tests.unit.observability.scraper import Scraper

pytestmark = pytest.mark.anyio


@pytest.fixture
def scraper() -> Scraper:
    """Return a scraper that saw nothing yet."""
    return Scraper()


async def test_the_answer_is_prometheus_text(scraper: Scraper) -> None:
    """A scraper knows the format by its content type."""
    text, content_type = await scraper.observer.exposition()

    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"# TYPE preview_worker_jobs_total counter" in text


async def test_counters_are_summed_over_their_labels(scraper: Scraper) -> None:
    """Whoever reads them as JSON knows no labels, and expects nothing that can fall."""
    for outcome in get_args(events.Result):
        scraper.observer.observe(
            events.JobSettled(job_id="job-1", result=outcome, duration_s=1, dry_run=False)
        )

    counters = await scraper.observer.counters()

    assert counters["preview_worker_jobs_total"] == len(get_args(events.Result)) > 1
    assert "preview_worker_active_jobs" not in counters


async def test_every_event_can_be_observed(scraper: Scraper) -> None:
    """No event breaks the observer, in any order."""
    for event in (*EVENTS, *reversed(EVENTS)):
        scraper.observer.observe(event)

    assert await scraper.figure("preview_worker_jobs_total", outcome="completed") == 2


@pytest.mark.parametrize("outcome", get_args(events.Result))
async def test_outcomes_exist_at_zero_and_count_once(
    scraper: Scraper, outcome: events.Result
) -> None:
    """The first failure of a worker is a change that an alert can see."""
    before = await scraper.figures()
    scraper.observer.observe(
        events.JobSettled(job_id="job-1", result=outcome, duration_s=1, dry_run=False)
    )
    after = await scraper.figures()
    changed = {
        name for (name, labels) in after if after[name, labels] != before.get((name, labels))
    }

    assert before["preview_worker_jobs_total", (("outcome", outcome),)] == 0
    assert after["preview_worker_jobs_total", (("outcome", outcome),)] == 1
    assert "preview_worker_dry_runs_total" not in changed


async def test_a_dry_run_is_completed_and_told_apart(scraper: Scraper) -> None:
    """It is one job, not two."""
    scraper.observer.observe(
        events.JobSettled(job_id="job-1", result="completed", duration_s=1, dry_run=True)
    )

    assert await scraper.figure("preview_worker_jobs_total", outcome="completed") == 1
    assert await scraper.figure("preview_worker_dry_runs_total") == 1


@pytest.mark.parametrize(
    ("code", "label"), [("transient.disk", "transient.disk"), ("made.up", "other")]
)
async def test_errors_are_counted_by_known_codes(scraper: Scraper, code: str, label: str) -> None:
    """Nobody can make the number of series grow."""
    scraper.observer.observe(
        events.JobSettled(job_id="j", result="retry", duration_s=1, dry_run=False, code=code)
    )

    assert await scraper.figure("preview_worker_errors_total", code=label) == 1


async def test_active_jobs_go_up_and_down(scraper: Scraper) -> None:
    """A job counts from its lease to its settlement."""
    for job_id in ("job-1", "job-2"):
        scraper.observer.observe(
            events.JobLeased(job_id=job_id, attempt=1, wait_s=0.2, trace=TRACE)
        )
    scraper.observer.observe(
        events.JobSettled(job_id="job-1", result="lost", duration_s=1, dry_run=False)
    )

    assert await scraper.figure("preview_worker_active_jobs") == 1


async def test_durations_fall_into_buckets(scraper: Scraper) -> None:
    """Quantiles can be taken over many workers."""
    scraper.observer.observe(
        events.JobSettled(job_id="job-1", result="completed", duration_s=1.5, dry_run=False)
    )
    bucket = "preview_worker_job_duration_seconds_bucket"

    assert await scraper.figure(bucket, le="1.0") == 0
    assert await scraper.figure(bucket, le="2.0") == 1
    assert await scraper.figure("preview_worker_job_duration_seconds_sum") == 1.5


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        (events.LeaseLost(job_id="j"), "preview_worker_fenced_total", 1),
        (events.JobsRecovered(job_ids=("a", "b")), "preview_worker_stalled_total", 2),
        (events.JobPutAside(job_id="j", project_id="p"), "preview_worker_put_aside_total", 1),
        (events.JobPoisoned(job_id="j", reason="r"), "preview_worker_poisoned_total", 1),
        (events.RenderSkipped(job_id="j"), "preview_worker_reused_previews_total", 1),
        (events.DefectFound(job_id="j", trace="t"), "preview_worker_defects_total", 1),
        (events.WorkerDraining(active=1, grace_s=1), "preview_worker_draining", 1),
        (events.IntakeStopped(reason="disk"), "preview_worker_intake_stopped", 1),
        (
            events.PreviewRetired(project="p", job="j", size_bytes=9, age_s=1, reason="age"),
            "preview_worker_retired_bytes_total",
            9,
        ),
        (
            events.WorkerStarted(queue="q", concurrency=3, version="v"),
            "preview_worker_concurrency",
            3,
        ),
        (
            events.JobSettled(job_id="j", result="handed_back", duration_s=1, dry_run=False),
            "preview_worker_handed_back_total",
            1,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_event_moves_its_own_metric(
    scraper: Scraper, event: events.Event, name: str, value: float
) -> None:
    """One event, one figure."""
    assert await scraper.figure(name) == 0
    scraper.observer.observe(event)

    assert await scraper.figure(name) == value


async def test_a_published_preview_tells_its_phases(scraper: Scraper) -> None:
    """The slow step shows."""
    scraper.observer.observe(
        events.PreviewPublished(
            job_id="j", size_bytes=500, duration_s=85, phases_s={"paint": 0.5, "encode": 2}
        )
    )

    name = "preview_worker_phase_duration_seconds_sum"
    assert await scraper.figure(name, phase="encode") == 2
    assert await scraper.figure("preview_worker_published_bytes_total") == 500
    assert await scraper.figure("preview_worker_published_video_seconds_total") == 85


async def test_shots_are_told_by_whether_they_were_filmed(scraper: Scraper) -> None:
    """The cache shows, and how fast what it lacks is rendered: 60 s of video in 4 s."""
    for reused in (3, 5):
        scraper.observer.observe(published(shots=5, reused_shots=reused))

    assert await scraper.figure("preview_worker_scenes_total", cache="hit") == 8
    assert await scraper.figure("preview_worker_scenes_total", cache="miss") == 2
    assert await scraper.figure("preview_worker_render_realtime_ratio_count") == 1
    assert await scraper.figure("preview_worker_render_realtime_ratio_sum") == 15


async def test_assets_are_told_by_whether_they_had_to_come(scraper: Scraper) -> None:
    """Where they came from, how much it was, and how often somebody had to be asked again."""
    fetched = events.AssetFetched(
        job_id="j", host="b", scheme="s3", size_bytes=70, cached=False, tries=1, duration_s=1
    )
    unchanged = replace(fetched, size_bytes=0, cached=True)
    refused = replace(fetched, size_bytes=5, tries=4, code="transient.storage")
    for event in (fetched, unchanged, unchanged, refused):
        scraper.observer.observe(event)

    for result, count in (("fetched", 1), ("unchanged", 2), ("refused", 1)):
        name = "preview_worker_assets_total"
        assert await scraper.figure(name, scheme="s3", result=result) == count
        assert await scraper.figure(name, scheme="https", result=result) == 0
    assert await scraper.figure("preview_worker_assets_bytes_total", scheme="s3") == 75
    assert await scraper.figure("preview_worker_assets_tries_total", scheme="s3") == 7


async def test_a_dry_run_is_no_small_preview(scraper: Scraper) -> None:
    """Its files would say that previews are a few kilobytes large."""
    scraper.observer.observe(published(duration_s=0))
    scraper.observer.observe(published(shots=2))

    assert await scraper.figure("preview_worker_artifact_bytes_count") == 1
    assert await scraper.figure("preview_worker_artifact_bytes_sum") == 500


@pytest.mark.parametrize("reason", ["crash", "zygote"])
async def test_restarts_are_counted_by_what_was_started_again(
    scraper: Scraper, reason: Literal["crash", "zygote"]
) -> None:
    """Both exist at 0, so that the first is seen."""
    before = await scraper.figure("preview_worker_child_restarts_total", reason=reason)
    scraper.observer.observe(events.ChildRestarted(job_id=None, reason=reason))

    assert before == 0
    assert await scraper.figure("preview_worker_child_restarts_total", reason=reason) == 1


@pytest.mark.parametrize(
    ("status", "label"),
    [("ok", "ok"), ("signal:SIGKILL", "signal:SIGKILL"), ("exit:70", "exit:70"), ("?", "other")],
)
async def test_ends_of_children_are_counted_by_kind(
    scraper: Scraper, status: str, label: str
) -> None:
    """What killed them, what they used."""
    scraper.observer.observe(
        events.ChildExited(job_id="j", status=status, wall_s=3, cpu_s=2, rss_kib=1024)
    )

    assert await scraper.figure("preview_worker_child_exits_total", status=label) == 1
    assert await scraper.figure("preview_worker_child_cpu_seconds_total") == 2
    assert await scraper.figure("preview_worker_child_peak_memory_bytes_sum") == 1024 * 1024


async def test_a_stopped_worker_holds_nothing(scraper: Scraper) -> None:
    """Even if a settlement was never told."""
    scraper.observer.observe(events.JobLeased(job_id="job-1", attempt=1, wait_s=0.2, trace=TRACE))
    scraper.observer.observe(events.WorkerStopped(handed_back=1))

    assert await scraper.figure("preview_worker_active_jobs") == 0


async def test_a_job_that_ends_its_workers_is_an_error_by_its_code(scraper: Scraper) -> None:
    """P3: an alert can tell it from a job that nobody can decode."""
    code = "permanent.worker_killer"
    scraper.observer.observe(events.JobPoisoned(job_id="j", reason="r", code=code))

    assert await scraper.figure("preview_worker_errors_total", code=code) == 1


async def test_no_label_grows_with_jobs(scraper: Scraper) -> None:
    """After a hundred jobs there are as many series as after one, under whatever names."""
    sizes = []
    for number in range(100):
        for event in EVENTS:
            named: dict[str, Any] = {
                name: f"{value}-{number}"
                for name in ("job_id", "project_id", "request_id", "project", "job")
                if isinstance(value := getattr(event, name, None), str)
            }
            scraper.observer.observe(replace(cast("Any", event), **named))
        if number in {0, 99}:
            sizes.append(len(await scraper.figures()))

    assert sizes[0] == sizes[1] > 100
