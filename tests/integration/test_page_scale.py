"""The operator's page over a thousand jobs: soon there, and no larger after hours of events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.page import JOBS, LISTS, Trade, a_page_of_jobs, first_paint_ms, sizes_over
from preview_worker.queue.embedded import EmbeddedRedis
from tests.chromium import CHROMIUM
from tests.redis_server import redis_server
from tests.stage import a_browser

__all__ = ["redis_server"]

pytestmark = pytest.mark.slow

FIRST_PAINT_MS = 8000
"""Wide: `make bench BENCH=page` says how long it takes where nothing else runs."""
EVENTS = 2200
GROWTH_BYTES = 1_000_000
"""Engines compile as they go; a row that is kept for each event would be several times as much."""
GROWTH_NODES = 1.25


@pytest.fixture(scope="module")
def crowd(
    redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Trade, str]]:
    """A server over a queue with a thousand jobs, and who has more of them come and go."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium to look at the page with")
    with a_page_of_jobs(redis_server.url, tmp_path_factory.mktemp("crowd")) as crowd:
        yield crowd


@pytest.fixture(scope="module")
def browser(crowd: tuple[Trade, str]) -> Iterator[Browser]:
    """A browser for the tests of this file."""
    del crowd
    with a_browser() as browser:
        yield browser


@pytest.mark.parametrize("path", LISTS.values(), ids=LISTS)
def test_a_thousand_jobs_are_there_at_once(
    crowd: tuple[Trade, str], browser: Browser, path: str
) -> None:
    """The best of three first paints, of the newest jobs as of all of them."""
    assert min(first_paint_ms(browser, crowd[1] + path) for _ in range(3)) < FIRST_PAINT_MS


def test_all_of_a_thousand_jobs_can_be_seen_in_one_list(
    crowd: tuple[Trade, str], browser: Browser
) -> None:
    """Older ones are put below until there are no more, each of them once."""
    page = browser.new_page()
    page.goto(crowd[1])
    for shown in range(200, JOBS + 1, 100):
        page.click("#more")
        expect(page.locator(".row")).to_have_count(shown)

    ids = page.locator(".row").evaluate_all("(rows) => rows.map((row) => row.dataset.id)")
    assert len(set(ids)) == JOBS
    expect(page.locator("#more")).to_be_hidden()
    page.close()


def test_a_page_that_is_open_for_long_does_not_grow(
    crowd: tuple[Trade, str], browser: Browser
) -> None:
    """Rows, what they were made of, and listeners go with the jobs that they belonged to."""
    page = browser.new_page()
    page.goto(crowd[1])
    expect(page.locator("#link-state")).to_have_text("Live")

    _, first, *_, last = sizes_over(page, crowd[0], EVENTS)

    page.close()
    assert last.heap_bytes < first.heap_bytes + GROWTH_BYTES
    assert last.nodes < first.nodes * GROWTH_NODES
    assert last.listeners <= first.listeners
