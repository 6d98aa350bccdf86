"""The operator's page in a real browser: what people do there, from the first look to the last."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.api_server import KEYS, SECRETS
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import LONG, LONG_OPTIONS, SHORT
from tests.redis_server import quick_settings, redis_server
from tests.workers import a_worker

__all__ = ["redis_server"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    "--no-sandbox",  # it looks at our own pages only, and containers allow it no sandbox
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--mute-audio",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
_PATIENCE_MS = 60_000
SERVE = ("-m", "preview_worker", "serve", "--port", "0")


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
            "data-status", status, timeout=_PATIENCE_MS
        )


@dataclass(frozen=True)
class Stage:
    """A worker, a server without keys and one with keys, over one queue."""

    open_site: str
    locked_site: str


@pytest.fixture(scope="module")
def stage(redis_server: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything that a page needs behind it."""
    if CHROMIUM is None:
        assert not os.environ.get("PREVIEW_REQUIRE_CHROMIUM"), "Chromium is required here"
        pytest.skip("There is no Chromium to look at the page with")
    settings = quick_settings(redis_server.url)
    folder = tmp_path_factory.mktemp("page")
    with (
        a_worker(settings, folder),
        _served(settings, folder) as open_site,
        _served(settings, folder, PREVIEW_API_KEYS=KEYS) as locked_site,
    ):
        yield Stage(open_site, locked_site)


@contextmanager
def _served(settings: QueueSettings, folder: Path, **more: str) -> Iterator[str]:
    with a_worker(settings, folder, SERVE, awaited="probes.serving", **more) as server:
        yield server.probes


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    """A page of a browser that all tests share."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(_PATIENCE_MS)
        yield page
        browser.close()


@pytest.fixture
def visitor(stage: Stage, browser_page: Page) -> Iterator[Visitor]:
    """Somebody who looks at the site without keys; nothing may go wrong in the console."""
    visitor = Visitor(browser_page, stage.open_site)
    browser_page.set_viewport_size({"width": 1280, "height": 900})

    def note(message: object) -> None:
        if getattr(message, "type", "error") == "error":
            visitor.complaints.append(str(getattr(message, "text", message)))

    browser_page.on("console", note)
    browser_page.on("pageerror", note)
    yield visitor
    browser_page.remove_listener("console", note)
    browser_page.remove_listener("pageerror", note)
    assert visitor.complaints == []


def test_a_submitted_payload_plays_before_it_is_done(visitor: Visitor) -> None:
    """It is watched while it is rendered, and goes on from there when it is published."""
    page = visitor.go("/submit")
    payload = a_payload(previewRequest=a_request(**LONG))
    del payload["jobId"]
    page.fill("#payload", json.dumps(payload))
    page.click("button[type=submit]")
    page.wait_for_url("**/jobs/*")
    visitor.until("running")

    page.wait_for_selector("video[data-live]:not([hidden])")
    playing = page.evaluate("() => document.getElementById('video').readyState")
    status = page.get_attribute("#job", "data-status")
    visitor.until("success")

    assert playing >= 1
    assert status == "running"
    video = page.locator("video#video")
    assert "/artifacts/preview.mp4" in (video.get_attribute("src") or "")
    assert page.locator("video#video track[kind=captions]").count() >= 1


def test_a_scene_is_a_click_away(visitor: Visitor) -> None:
    """Buttons for scenes lead to their first frames; arrows go on to the next."""
    job_id = visitor.submit(jobId="seek", previewRequest=a_request())
    page = visitor.go(f"/jobs/{job_id}")
    visitor.until("success")

    page.evaluate("() => document.getElementById('video').pause()")
    second = page.locator(".scene").nth(1)
    start = float(second.get_attribute("data-start") or 0)
    second.click()
    at = "() => document.getElementById('video').currentTime"
    expect(second).to_have_class("scene step now")
    assert start <= page.evaluate(at) < start + 1
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".scene").nth(2)).to_have_class("scene end now")


def test_an_editor_shows_the_scene_that_is_edited(visitor: Visitor) -> None:
    """A picture comes with every change, and what is wrong is told in its place."""
    page = visitor.go("/submit")
    page.wait_for_selector("#still:not([hidden])")
    first = page.get_attribute("#still", "src")
    payload = a_payload(previewRequest={**a_request(), "title": "Another title"})
    page.fill("#payload", json.dumps(payload))

    expect(page.locator("#still")).not_to_have_attribute("src", str(first))


def test_the_list_shows_jobs_as_they_come_and_change(visitor: Visitor) -> None:
    """Nobody has to load it again."""
    page = visitor.go("/")
    expect(page.locator("#link-state")).to_have_text("live")

    job_id = visitor.submit(jobId="in-the-list", previewRequest=a_request(**SHORT))

    row = page.locator(f"[data-id={job_id}]")
    expect(row.locator(".pill")).to_have_text("Done")
    page.fill("#q", "in-the-list")
    expect(page.locator(".row")).to_have_count(1)
    page.fill("#q", "no such job")
    expect(page.locator("#empty")).to_be_visible()


def test_a_failed_job_says_why_and_can_run_again(visitor: Visitor) -> None:
    """The code, the sentence, and a button."""
    request = a_request(steps=[{"text": "x", "image": "nowhere.png"}])
    job_id = visitor.submit(jobId="broken", previewRequest=request)
    page = visitor.go(f"/jobs/{job_id}")
    visitor.until("failed")

    expect(page.locator(".failure")).to_contain_text("invalid.asset_missing")
    page.click("[data-act=retry]")
    visitor.until("failed")
    expect(page.locator("dd", has_text="1 of 5")).to_be_visible()


def test_dead_letters_are_replayed_by_their_cause(visitor: Visitor) -> None:
    """One first, to see whether the cause is gone."""
    request = a_request(steps=[{"text": "x", "image": "elsewhere.png"}])
    for number in range(2):
        visitor.submit(jobId=f"dead-{number}", previewRequest=request)
        visitor.go(f"/jobs/dead-{number}")
        visitor.until("failed")
    page = visitor.go("/dead")
    group = page.locator("[data-code='invalid.asset_missing']")
    before = group.locator("li").count()

    group.locator("[data-wish=canary]").click()

    expect(group.locator("li")).to_have_count(before - 1)


def test_a_running_job_can_be_cancelled(visitor: Visitor) -> None:
    """Its worker stops it within a second."""
    options = {**LONG_OPTIONS, "resolution": "1920x1080"}
    job_id = visitor.submit(jobId="stop", previewRequest=a_request(**{**LONG, "options": options}))
    page = visitor.go(f"/jobs/{job_id}")
    visitor.until("running")

    page.click("[data-act=cancel]")

    visitor.until("failed")
    expect(page.locator(".failure")).to_contain_text("Cancelled by anybody")


def test_two_previews_are_compared_scene_by_scene(visitor: Visitor) -> None:
    """What changed is told in words, and a click shows it on both sides."""
    for name, title in (("before", "Draw a card"), ("after", "Draw two cards")):
        steps = [{"title": title, "text": "Then pass."}, {"title": "End", "text": "Count."}]
        visitor.submit(jobId=name, previewRequest=a_request(steps=steps))
        visitor.go(f"/jobs/{name}")
        visitor.until("success")

    page = visitor.go("/compare?a=before&b=after")

    expect(page.locator("tr.other")).to_contain_text("Draw a card")
    assert page.locator("#sides video").count() == 2


def test_a_page_fits_on_a_phone(visitor: Visitor) -> None:
    """Nothing has to be scrolled sideways."""
    job_id = visitor.submit(jobId="small", previewRequest=a_request(**SHORT))
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", f"/jobs/{job_id}", "/dead", "/submit", "/compare"):
        page = visitor.go(path)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 360, path


def test_somebody_with_a_key_to_look_can_do_nothing_else(stage: Stage, visitor: Visitor) -> None:
    """There is no button, and no page, for what the role does not allow."""
    visitor.site = stage.locked_site
    page = visitor.go("/")
    page.fill("#key", SECRETS["read"])
    page.click("button[type=submit]")
    page.wait_for_selector("#rows")

    assert page.locator("#pause").count() == 0
    assert page.locator("[data-act]").count() == 0
    assert page.locator("nav a[href='/submit']").count() == 0
    expect(page.locator("header")).to_contain_text("Log out read-key")
    page.click("text=Log out")
    page.wait_for_selector("#key")


def test_dark_and_light_are_remembered(visitor: Visitor) -> None:
    """The choice outlives the page."""
    page = visitor.go("/")
    page.click("#theme")
    chosen = page.get_attribute("html", "data-theme")
    page.reload()

    assert chosen in ("light", "dark")
    assert page.get_attribute("html", "data-theme") == chosen
