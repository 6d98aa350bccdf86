"""What is read at a scrape: the queue, the disk and the locks."""

from __future__ import annotations

import time

import pytest

from tests.unit.observability.scraper import Scraper

pytestmark = pytest.mark.anyio


@pytest.fixture
def scraper() -> Scraper:
    """Return a scraper that saw nothing yet."""
    return Scraper()


@pytest.mark.parametrize("name", ["preview_worker_queue_size", "bullmq_job_count"])
async def test_the_queue_is_told_by_state(scraper: Scraper, name: str) -> None:
    """Prioritised jobs are not hidden, under either name."""
    figures = await scraper.figures()
    told = {
        dict(labels)["state"]: value
        for (sample, labels), value in figures.items()
        if sample == name
    }

    assert told == {
        "waiting": 1,
        "prioritized": 2,
        "active": 3,
        "delayed": 4,
        "completed": 5,
        "failed": 6,
        "waiting-children": 7,
    }


async def test_a_scrape_does_not_hang_with_the_queue(scraper: Scraper) -> None:
    """The last counts stand, with their age, and the queue counts as down."""
    await scraper.figures()
    scraper.queue.silent = True
    scraper.clock.now_s += 60
    begun = time.monotonic()
    figures = await scraper.figures()

    assert time.monotonic() - begun < 0.5
    assert figures["preview_worker_queue_up", ()] == 0
    assert figures["preview_worker_queue_counts_age_seconds", ()] == 60
    assert (
        figures["preview_worker_queue_size", (("queue", "preview-jobs"), ("state", "waiting"))] == 1
    )
    await scraper.observer.close()


async def test_the_queue_tells_of_all_its_workers(scraper: Scraper) -> None:
    """BullMQ's counters are the queue's, and dead letters stand beside them."""
    figures = await scraper.figures()

    queue = (("queue", "preview-jobs"),)
    assert figures["bullmq_job_completed_total", queue] == 800
    assert figures["bullmq_job_failed_total", queue] == 90
    assert figures["preview_worker_dead_letters", ()] == 10
    assert figures["preview_worker_queue_max_jobs", ()] == 20


async def test_the_disk_and_the_locks_are_read_at_a_scrape(scraper: Scraper) -> None:
    """Each scrape sees them as they are then."""
    before = await scraper.figure("preview_worker_lock_age_seconds")
    scraper.lock_age_s = 2.5
    figures = await scraper.figures()

    assert (before, figures["preview_worker_lock_age_seconds", ()]) == (0, 2.5)
    assert figures["preview_worker_disk_free_bytes", ()] == 1000
    assert figures["preview_worker_disk_size_bytes", ()] == 4000


async def test_before_the_first_answer_there_are_no_counts(scraper: Scraper) -> None:
    """A queue that nobody saw is not an empty queue."""
    scraper.queue.error = OSError("refused")
    figures = await scraper.figures()

    assert not any(name == "preview_worker_queue_size" for name, _ in figures)
    assert ("preview_worker_dead_letters", ()) not in figures
    assert not any(name == "bullmq_job_completed_total" for name, _ in figures)
    assert figures["preview_worker_queue_counts_age_seconds", ()] == float("inf")
