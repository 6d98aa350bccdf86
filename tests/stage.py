"""The operator's page with everything behind it, and somebody who looks at it in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.api_server import KEYS
from tests.chromium import CHROMIUM, FLAGS
from tests.fakes.payloads import a_payload
from tests.redis_server import quick_settings
from tests.workers import a_worker

SERVE = ("-m", "preview_worker", "serve", "--port", "0")
DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=360, height=740)
PICTURES = Path(__file__).resolve().parent.parent / "out" / "page"
"""Where the last look of every test is kept, so that people can look as well."""
PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)
_FLAGS = ["--enable-precise-memory-info", *FLAGS]


@dataclass(frozen=True)
class Stage:
    """A worker, a server without keys and one with keys, over one queue."""

    open_site: str
    locked_site: str


@dataclass
class Visitor:
    """Somebody at a browser; what its console says is kept."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.site + path)
        return self.page

    def submit(self, **changes: object) -> str:
        """Submit a payload over HTTP; return the job's id."""
        answer = self.page.request.post(
            f"{self.site}/api/v1/jobs",
            data=json.dumps(a_payload(**changes)),
            headers={"content-type": "application/json"},
        )
        assert answer.status in (200, 202), answer.text()
        return str(answer.json()["jobId"])

    def until(self, status: str) -> None:
        """Wait until the job on the page has that status."""
        expect(self.page.locator("#job")).to_have_attribute(
            "data-status", status, timeout=PATIENCE_MS
        )

    def see(self, job_id: str, status: str) -> Page:
        """Open the page of a job and wait until it has that status."""
        page = self.go(f"/jobs/{job_id}")
        self.until(status)
        return page

    def watch(self, **changes: object) -> Page:
        """Submit a payload, and open its page before its render begins: see that from its start."""
        self._steer("pause")
        page = self.go(f"/jobs/{self.submit(**changes)}")
        self.until("queued")
        self._steer("resume")
        self.until("running")
        return page

    def type_in(self, secret: str) -> None:
        """Log in with a key."""
        self.page.fill("#key", secret)
        self.page.click("button[type=submit]")

    def keep(self, name: str) -> None:
        """Keep what is seen now as a picture."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def _steer(self, word: str) -> None:
        answer = self.page.request.post(f"{self.site}/api/v1/queue/{word}")
        assert answer.ok, answer.text()


@pytest.fixture(scope="module")
def stage(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything that a page needs behind it."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium to look at the page with")
    settings = quick_settings(redis_server.url)
    folder = tmp_path_factory.mktemp("page")
    with (
        a_worker(settings, folder),
        served(settings, folder) as open_site,
        served(settings, folder, PREVIEW_API_KEYS=KEYS) as locked_site,
    ):
        yield Stage(open_site, locked_site)


@contextmanager
def served(settings: QueueSettings, folder: Path, **more: str) -> Iterator[str]:
    """Serve the queue of ``settings`` in a process of its own; the value is its address."""
    with a_worker(settings, folder, SERVE, awaited="probes.serving", **more) as server:
        yield server.probes


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser(stage: Stage) -> Iterator[Browser]:
    """A browser that the tests of one file share."""
    del stage  # without Chromium there is neither
    with a_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing of the tests before."""
    context = browser.new_context(viewport=DESK)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def visitor(
    stage: Stage, context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    """Somebody who looks at the site without keys; nothing may go wrong in the console."""
    visitor = Visitor(context.new_page(), stage.open_site)

    def note(message: object) -> None:
        if getattr(message, "type", "error") in ("error", "warning"):
            visitor.complaints.append(str(getattr(message, "text", message)))

    visitor.page.on("console", note)
    visitor.page.on("pageerror", note)
    yield visitor
    visitor.keep(re.sub(r"\W+", "-", request.node.name).strip("-"))
    assert visitor.complaints == []
