"""Alerts, dashboards and scripts of before find their figures, and the figures are ours."""

from __future__ import annotations

import pytest

from preview_worker.contract import ErrorCode
from preview_worker.events import JobLeased, JobSettled, PreviewPublished
from tests.unit.observability.happenings import TRACE
from tests.unit.observability.scraper import Scraper

pytestmark = pytest.mark.anyio


def settled(result: str, code: ErrorCode | None = None, *, dry_run: bool = False) -> JobSettled:
    """Return the end of an attempt that took 3 s."""
    return JobSettled(
        job_id="job-1",
        result=result,  # type: ignore[arg-type]  # each word below is one of them
        duration_s=3,
        dry_run=dry_run,
        code=code and code.code,
    )


@pytest.fixture
async def figures() -> dict[tuple[str, str], float]:
    """Return what is told after eight attempts: by name and by the values of its labels."""
    scraper = Scraper()
    for event in (
        settled("completed"),
        settled("completed"),
        settled("completed", dry_run=True),
        settled("failed", ErrorCode.PAYLOAD),
        settled("failed", ErrorCode.TIMEOUT),
        settled("retry", ErrorCode.DISK),
        settled("retry", ErrorCode.STARVED),
        settled("handed_back"),
    ):
        scraper.observer.observe(JobLeased(job_id="job-1", attempt=1, wait_s=1, trace=TRACE))
        scraper.observer.observe(event)
    scraper.observer.observe(
        PreviewPublished(
            job_id="job-1", size_bytes=9, duration_s=60, phases_s={}, render_s=4, shots=1
        )
    )
    return {
        (name, ",".join(value for _, value in labels)): figure
        for (name, labels), figure in (await scraper.figures()).items()
    }


@pytest.mark.parametrize(
    ("name", "label", "figure"),
    [
        ("preview_worker_job_outcomes_total", "success", 2),
        ("preview_worker_job_outcomes_total", "dryrun", 1),
        ("preview_worker_job_outcomes_total", "failure", 2),
        ("preview_worker_job_outcomes_total", "retry", 2),
        ("preview_worker_jobs_failed_total", "", 2),
        ("preview_jobs_dryrun_total", "", 1),
        ("preview_job_started", "", 8),
        ("preview_job_completed", "", 3),
        ("preview_job_failed", "", 2),
        ("preview_job_invalid", "", 1),
        ("preview_job_dryrun", "", 1),
        ("mobius_render_started_total", "", 8),
        ("mobius_render_completed_total", "", 3),
        ("mobius_render_failed_total", "transient.disk", 1),
        ("mobius_render_timeout_total", "permanent.timeout", 1),
        ("mobius_render_timeout_total", "transient.starved", 1),
        ("mobius_render_duration_seconds_sum", "preview", 24),
        ("mobius_render_duration_seconds_bucket", "2.0,preview", 0),
        ("mobius_render_duration_seconds_bucket", "5.0,preview", 8),
        ("mobius_ffmpeg_speed_ratio_sum", "", 15),
        ("preview_queue_length", "", 3),
        ("bullmq_queue_jobs_waiting_total", "preview-jobs", 3),
    ],
)
async def test_a_name_of_before_tells_our_figure(
    figures: dict[tuple[str, str], float], name: str, label: str, figure: float
) -> None:
    """Alert rules that were shipped before fire for the same reasons."""
    assert figures[name, label] == figure


async def test_no_timeout_is_counted_among_the_other_failures(
    figures: dict[tuple[str, str], float],
) -> None:
    """The two are alerts of their own, and their sum is the whole."""
    reasons = {
        end: {label for name, label in figures if name == f"mobius_render_{end}_total"}
        for end in ("failed", "timeout")
    }

    assert reasons["timeout"] == {"permanent.timeout", "transient.starved"}
    assert reasons["failed"] & reasons["timeout"] == set()
    assert reasons["failed"] | reasons["timeout"] == {code.code for code in ErrorCode}


async def test_before_the_first_answer_there_is_no_backlog() -> None:
    """A queue that nobody saw is not an empty queue."""
    scraper = Scraper()
    scraper.queue.error = OSError("refused")

    names = {name for name, _ in await scraper.figures()}

    assert "preview_job_started" in names
    assert not names & {"preview_queue_length", "bullmq_queue_jobs_waiting_total"}
