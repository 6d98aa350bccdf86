"""The operator's page over a thousand jobs: how soon it is painted, and what an hour does to it.

Everything is real: a Redis, a server, Debian's Chromium, and jobs that are added, leased, reported
on and settled as a worker does it, only that nothing is rendered. An hour's events come as fast as
they can be written. How often the page was told of them is counted: several in one breath are told
once.

    python -m benchmarks.page [--events 36000] [--repeats 5] [--json PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from preview_worker.queue import Completed, Failed, JobRequest, QueueSettings
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.embedded import EmbeddedRedis
from preview_worker.queue.producer import BullProducer
from tests.chromium import CHROMIUM
from tests.fakes.payloads import a_payload
from tests.redis_server import quick_settings
from tests.stage import a_browser, served

JOBS = 1000
HOUR_EVENTS = 36_000
"""Ten a second: what four busy workers tell in an hour."""
LISTS = {"the newest 100": "/", "all 1,000": f"/?rows={JOBS}"}
QUARTERS = 4
_STOPS = (2, 5, 20, 40, 60, 80, 95)
EVENTS_PER_JOB = len(_STOPS) + 4
"""It is added, waits, is active, tells its progress, and ends."""
_FAILS_EVERY = 10
_PACE_S = 0.005
_REASON = "The picture at /previewRequest/steps/0/image does not exist ('nowhere.png')."
_PATIENCE_MS = 120_000
_PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  const found = list.getEntriesByName("first-contentful-paint")[0];
  if (found) tell(found.startTime);
}).observe({ type: "paint", buffered: true }))"""

_EDITED = """(text) => new Promise((tell) => {
  const began = performance.now();
  const still = document.getElementById("still");
  still.addEventListener("load", () => tell(performance.now() - began), { once: true });
  const editor = document.getElementById("payload");
  editor.value = text;
  editor.setSelectionRange(text.indexOf("gems"), text.indexOf("gems"));
  editor.dispatchEvent(new Event("input"));
})"""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a page is after a full collection of garbage."""

    heap_bytes: int
    nodes: int
    listeners: int


@dataclass(frozen=True, slots=True)
class Trade:
    """Jobs that live their lives on one queue."""

    settings: QueueSettings
    pace_s: float = 0.0
    """What passes between two things that are told of a job; without it many are told at once."""

    def run(self, first: int, count: int) -> None:
        """Have ``count`` jobs come and go, one after the other, the first of them numbered so."""
        with ThreadPoolExecutor(1) as thread:  # the browser's client has the loop of this one
            thread.submit(lambda: asyncio.run(self._run(first, count))).result()

    async def _run(self, first: int, count: int) -> None:
        producer, queue = BullProducer(self.settings), BullQueue(self.settings)
        await queue.open()
        try:
            for number in range(first, first + count):
                await producer.add(_request(number))
                await self._live(queue, fails=number % _FAILS_EVERY == 0)
        finally:
            await queue.close()
            await producer.close()

    async def _live(self, queue: BullQueue, *, fails: bool) -> None:
        """Lead the next job from its lease to its end."""
        while (job := await queue.lease()) is None:
            pass
        for percent in _STOPS:
            await asyncio.sleep(self.pace_s)
            await queue.progress(job, percent)
        await asyncio.sleep(self.pace_s)
        await queue.settle(
            job, Failed("invalid.asset_missing", _REASON) if fails else Completed({})
        )


def _request(number: int) -> JobRequest:
    payload = a_payload(jobId=f"job-{number:05}", projectId=f"project-{number % 7}")
    return JobRequest(
        payload=payload,
        job_id=f"job-{number:05}",
        keep_completed=(86_400, JOBS - JOBS // _FAILS_EVERY),
        keep_failed=(86_400, JOBS // _FAILS_EVERY),
    )


@contextmanager
def a_page_of_jobs(url: str, folder: Path, jobs: int = JOBS) -> Iterator[tuple[Trade, str]]:
    """Serve a queue with that many jobs; the value is who trades on it, and where the page is."""
    settings = quick_settings(url)
    trade = Trade(settings)
    trade.run(0, jobs)
    with served(settings, folder) as site:
        yield trade, site


def first_paint_ms(browser: Browser, address: str) -> float:
    """Return when a new browser profile saw the first content, after it asked for the page."""
    page = browser.new_page()
    page.goto(address)
    painted = float(page.evaluate(_PAINTED))
    page.close()
    return painted


def sizes_over(page: Page, trade: Trade, events: int) -> list[Size]:
    """Let ``events`` reach an open list; return its size at the beginning and at each quarter."""
    sizes = [measure(page)]
    jobs = max(1, events // EVENTS_PER_JOB // QUARTERS)
    for quarter in range(QUARTERS):
        first = JOBS + quarter * jobs
        trade.run(first, jobs)
        last = page.locator(f"[data-id='job-{first + jobs - 1:05}'] .pill")
        expect(last).to_be_visible(timeout=_PATIENCE_MS)
        sizes.append(measure(page))
    return sizes


def picture_ms(browser: Browser, site: str, repeats: int) -> list[float]:
    """Return how long after a keystroke the editor shows the changed scene, for each of some."""
    page = browser.new_page()
    page.goto(f"{site}/submit")
    expect(page.locator("#still")).to_be_visible(timeout=_PATIENCE_MS)
    text = page.locator("#payload").input_value()
    waits = [
        float(page.evaluate(_EDITED, text.replace("Take a gem", f"Take {number} gems")))
        for number in range(2, 2 + repeats)
    ]
    page.close()
    return [round(wait, 1) for wait in waits]


def _ears_of(page: Page) -> list[None]:
    """Return a list that grows with everything the page is told over its stream."""
    told: list[None] = []
    session = page.context.new_cdp_session(page)
    session.on("Network.eventSourceMessageReceived", lambda _: told.append(None))
    session.send("Network.enable")
    return told


def measure(page: Page) -> Size:
    """Return the size of a page, as Chromium's own protocol tells it."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return Size(int(told["JSHeapUsedSize"]), int(told["Nodes"]), int(told["JSEventListeners"]))


def run(events: int, repeats: int) -> Figures:
    """Measure both, and print as it goes."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder) / "redis", durable=False)
        try:
            url = server.start()
            with a_page_of_jobs(url, Path(folder)) as (trade, site), a_browser() as browser:
                paints = {
                    name: _paints(browser, site + path, repeats) for name, path in LISTS.items()
                }
                for name, runs in paints.items():
                    print(f"first paint, {name}: median {statistics.median(runs):.0f} ms {runs}")
                pictures = picture_ms(browser, site, 2 * repeats)
                print(f"changed scene: median {statistics.median(pictures):.0f} ms {pictures}")
                page = browser.new_page()
                told = _ears_of(page)
                page.goto(site)
                expect(page.locator("#link-state")).to_have_text("Live")
                sizes = sizes_over(page, replace(trade, pace_s=_PACE_S), events)
        finally:
            server.stop()
    for quarter, size in enumerate(sizes):
        come = quarter * events // QUARTERS
        print(f"after {come:6} events: {size.heap_bytes / 1e6:.2f} MB, {size.nodes} nodes")
    print(f"the page was told {len(told)} times")
    return {
        "benchmark": "page",
        "jobs": JOBS,
        "events": events,
        "first_paint_ms": paints,
        "changed_scene_ms": pictures,
        "told": len(told),
        "sizes": [asdict(size) for size in sizes],
    }


def _paints(browser: Browser, address: str, repeats: int) -> list[float]:
    return [round(first_paint_ms(browser, address), 1) for _ in range(repeats)]


def main() -> None:
    """Measure, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=HOUR_EVENTS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if CHROMIUM is None:
        sys.exit("This benchmark looks at the page with Chromium: install Debian's chromium")
    figures = run(given.events, given.repeats)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
