"""The page of a job in a real browser: watched, sought, explained, retried and cancelled."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from tests.fakes.payloads import a_payload, a_request
from tests.jobs import LONG, LONG_OPTIONS
from tests.redis_server import redis_server
from tests.stage import Visitor, browser, context, stage, visitor

__all__ = ["browser", "context", "redis_server", "stage", "visitor"]

_PAINTING = re.compile(r"^Painting, \d+ %$")
_PLAYED = "() => document.getElementById('video').currentSrc"
_NOW = "() => document.getElementById('video').currentTime"


def test_a_submitted_payload_plays_before_it_is_done(visitor: Visitor) -> None:
    """It is watched while it is rendered, and goes on from there when it is published."""
    page = visitor.go("/submit")
    payload = a_payload(previewRequest=_growing("Draw", steps=40))
    del payload["jobId"]
    page.fill("#payload", json.dumps(payload))
    page.click("button[type=submit]")
    page.wait_for_url("**/jobs/*")
    visitor.until("running")

    page.wait_for_selector("video[data-live]:not([hidden])")
    status = page.evaluate(
        """async () => {
          const video = document.getElementById("video");
          while (video.readyState < 1) await new Promise((soon) => setTimeout(soon, 50));
          return document.getElementById("job").dataset.status;
        }"""
    )
    visitor.keep("watched-while-it-is-rendered")
    visitor.until("success")

    assert status == "running"
    video = page.locator("video#video")
    assert "/artifacts/preview.mp4" in (video.get_attribute("src") or "")


def test_a_player_that_comes_late_leaves_the_published_video_alone(visitor: Visitor) -> None:
    """On a slow line the player of the live preview is there only when that is over."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    visitor.page.route(re.compile(r"/hls\b.*\.js"), hold)
    page = visitor.watch(jobId="late", previewRequest=_growing("Wait"))
    visitor.until("success")

    (late,) = held
    late.continue_()

    page.evaluate("(url) => import(url)", late.request.url)  # what waited for it has gone on by now
    assert "/artifacts/preview.mp4" in page.evaluate(_PLAYED)


def test_a_running_job_tells_its_phase(visitor: Visitor) -> None:
    """The bar has a piece for each phase, and says in words which one it is in."""
    page = visitor.watch(jobId="phases", previewRequest=_growing("Deal"))

    bar = page.locator("#growing .phases")
    expect(bar).to_have_attribute("aria-valuetext", _PAINTING)
    assert bar.locator(".rail").count() == 5


def test_a_scene_is_a_click_away(visitor: Visitor) -> None:
    """Buttons for scenes lead to their first frames; arrows go on to the next."""
    job_id = visitor.submit(jobId="seek", previewRequest=a_request())
    visitor.see(job_id, "success")
    page = visitor.go(f"/jobs/{job_id}")  # what is opened when it is done does not play by itself

    second = page.locator(".scene").nth(1)
    start = float(second.get_attribute("data-start") or 0)
    second.click()
    expect(second).to_have_class("scene step now")
    assert start <= page.evaluate(_NOW) < start + 1
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".scene").nth(2)).to_have_class("scene end now")
    expect(page.locator(".chapters .now")).to_have_count(1)


def test_what_is_at_the_pointer_is_shown_above_the_timeline(visitor: Visitor) -> None:
    """A picture of the moment, its time, and the scene's title."""
    page = visitor.see(visitor.submit(jobId="hover", previewRequest=a_request()), "success")

    page.hover("#strip", position={"x": 300, "y": 20})

    expect(page.locator("#peek")).to_be_visible()
    expect(page.locator("#peek span")).to_contain_text("0:0")
    expect(page.locator("#peek video")).to_have_js_property("readyState", 4)


def test_captions_are_on_and_can_be_switched(visitor: Visitor) -> None:
    """They are there from the start, with the words of the scene; a key hides them."""
    page = visitor.see(visitor.submit(jobId="captions", previewRequest=a_request()), "success")

    shown = page.evaluate(
        """async () => {
          const [track] = document.getElementById("video").textTracks;
          while (!track.cues?.length) await new Promise((soon) => setTimeout(soon, 50));
          return [track.mode, [...track.cues].map((cue) => cue.text).join(" ")];
        }"""
    )
    assert shown[0] == "showing"
    assert "Place the lamp on the tower." in " ".join(shown[1].split())
    page.keyboard.press("s")
    hidden = page.evaluate("() => document.getElementById('video').textTracks[0].mode")
    assert hidden == "hidden"


def test_findings_are_marks_on_the_timeline(visitor: Visitor) -> None:
    """A click leads to where it is wrong, and the list says what to do about it."""
    steps = [{"title": "Read", "text": "Too many words. " * 30, "durationSec": 2}]
    job_id = visitor.submit(jobId="hurried", previewRequest=a_request(steps=steps))
    visitor.see(job_id, "success")
    page = visitor.go(f"/jobs/{job_id}")  # where nothing plays by itself

    mark = page.locator(".mark").first
    at = float(mark.get_attribute("data-at") or 0)
    mark.click()

    expect(page.locator(".findings li").first).to_be_visible()
    assert at <= page.evaluate(_NOW) < at + 1


def test_a_finished_job_says_where_its_time_went(visitor: Visitor) -> None:
    """A line for each part, the largest marked, and a sentence that names it."""
    job_id = visitor.submit(jobId="slow", previewRequest=a_request())
    page = visitor.see(job_id, "success")

    expect(page.locator(".waterfall .slowest, .waterfall .wait").first).to_be_attached()
    expect(page.locator(".verdict")).to_contain_text("took the most")
    expect(page.locator(".verdict")).to_contain_text("rendered before")
    page.click("#payload-card summary")
    expect(page.locator("#payload")).to_contain_text('"projectId": "lighthouse"')
    page.click("#log-card summary")
    expect(page.locator("#log")).to_contain_text("published")
    assert page.locator(".files a[download]").count() >= 8


def test_a_failed_job_says_why_and_can_run_again(visitor: Visitor) -> None:
    """The code, the sentence, the payload, and a button."""
    request = a_request(steps=[{"text": "x", "image": "nowhere.png"}])
    page = visitor.see(visitor.submit(jobId="broken", previewRequest=request), "failed")

    expect(page.locator(".failure")).to_contain_text("invalid.asset_missing")
    expect(page.locator("#payload")).to_contain_text("nowhere.png")
    page.click("[data-act=retry]")
    expect(page.locator("#toasts")).to_contain_text("It runs again.")
    visitor.until("failed")
    expect(page.locator("dd", has_text="1 of 5")).to_be_visible()


def test_a_running_job_can_be_cancelled(visitor: Visitor) -> None:
    """Its worker stops it within a second."""
    options = {**LONG_OPTIONS, "resolution": "1920x1080"}
    request = a_request(**{**LONG, "options": options})
    page = visitor.watch(jobId="stop", previewRequest=request)

    page.click("[data-act=cancel]")

    visitor.until("failed")
    expect(page.locator(".failure")).to_contain_text("Cancelled by anybody")


def _growing(word: str, steps: int = 10) -> dict[str, object]:
    """Return a request whose render can be watched; no scene of it was rendered for another."""
    text = f"{word} a card and pass the lamp. " * 8
    told = [{"text": f"Step {number}. {text}"} for number in range(steps)]
    return a_request(**{**LONG, "steps": told})
