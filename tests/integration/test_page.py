"""The operator's page in a real browser: what people do there, from the first look to the last."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, expect

from tests.api_server import SECRETS
from tests.fakes.payloads import a_payload, a_request
from tests.jobs import LONG, LONG_OPTIONS, SHORT
from tests.redis_server import redis_server
from tests.stage import PHONE, Stage, Visitor, browser, context, stage, visitor

__all__ = ["browser", "context", "redis_server", "stage", "visitor"]

_PAINTING = re.compile(r"^Painting, \d+ %$")
_SENTENCES = "Draw a card and pass the lamp. " * 8
_GROWING = {**LONG, "steps": [{"text": f"Step {n}. {_SENTENCES}"} for n in range(10)]}
"""It takes long enough to be watched while it is rendered."""
_NOW = "() => document.getElementById('video').currentTime"


def test_a_submitted_payload_plays_before_it_is_done(visitor: Visitor) -> None:
    """It is watched while it is rendered, and goes on from there when it is published."""
    page = visitor.go("/submit")
    payload = a_payload(previewRequest=a_request(**_GROWING))
    del payload["jobId"]
    page.fill("#payload", json.dumps(payload))
    page.click("button[type=submit]")
    page.wait_for_url("**/jobs/*")
    visitor.until("running")

    page.wait_for_selector("video[data-live]:not([hidden])")
    playing = page.evaluate("() => document.getElementById('video').readyState")
    status = page.get_attribute("#job", "data-status")
    visitor.keep("watched-while-it-is-rendered")
    visitor.until("success")

    assert playing >= 1
    assert status == "running"
    video = page.locator("video#video")
    assert "/artifacts/preview.mp4" in (video.get_attribute("src") or "")


def test_a_running_job_tells_its_phase(visitor: Visitor) -> None:
    """The bar has a piece for each phase, and says in words which one it is in."""
    job_id = visitor.submit(jobId="phases", previewRequest=a_request(**_GROWING))
    page = visitor.go(f"/jobs/{job_id}")
    visitor.until("running")

    bar = page.locator("#growing .phases")
    expect(bar).to_have_attribute("aria-valuetext", _PAINTING)
    assert bar.locator(".rail").count() == 5


def test_a_scene_is_a_click_away(visitor: Visitor) -> None:
    """Buttons for scenes lead to their first frames; arrows go on to the next."""
    page = visitor.see(visitor.submit(jobId="seek", previewRequest=a_request()), "success")

    page.evaluate("() => document.getElementById('video').pause()")
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
    page = visitor.see(job_id, "success")

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


def test_an_editor_shows_the_scene_that_is_edited(visitor: Visitor) -> None:
    """The picture follows the cursor from scene to scene, and every change."""
    page = visitor.go("/submit")
    steps = [{"title": "First", "text": "One."}, {"title": "Second", "text": "Two."}]
    text = json.dumps(a_payload(previewRequest=a_request(steps=steps)), indent=1)
    page.fill("#payload", text)
    second = page.locator("#stops button", has_text="Second")
    expect(second).to_be_visible()

    _put_cursor(page.locator("#payload"), text.index("Two."))
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#still")).not_to_have_attribute("alt", "The preview at 0:00")
    before = str(page.get_attribute("#still", "src"))
    page.keyboard.type("Twenty-")

    expect(page.locator("#still")).not_to_have_attribute("src", before)
    expect(page.locator("#still")).to_be_visible()


def test_an_edited_payload_becomes_another_job_to_compare(visitor: Visitor) -> None:
    """It is submitted under a new id, and its page leads to both side by side."""
    page = visitor.see(visitor.submit(jobId="origin", previewRequest=a_request()), "success")
    page.click("text=Edit and resubmit")
    editor = page.locator("#payload")
    editor.fill(editor.input_value().replace("Place the lamp", "Carry the lamp"))
    page.click("button[type=submit]")
    page.wait_for_url("**/jobs/*")
    visitor.until("success")

    page.click("text=Compare with the original")

    expect(page.locator("#sides video")).to_have_count(2)
    expect(page.locator("#a")).to_have_value("origin")


def test_an_editor_says_what_is_wrong_and_where(visitor: Visitor) -> None:
    """Neither broken JSON nor a wrong field is submitted."""
    page = visitor.go("/submit")
    page.fill("#payload", '{"projectId": ')
    page.click("button[type=submit]")
    expect(page.locator("#problem")).to_contain_text("not JSON")


def test_the_list_shows_jobs_as_they_come_and_change(visitor: Visitor) -> None:
    """Nobody has to load it again."""
    page = visitor.go("/")
    expect(page.locator("#link-state")).to_have_text("Live")

    job_id = visitor.submit(jobId="in-the-list", previewRequest=a_request(**SHORT))

    row = page.locator(f"[data-id={job_id}]")
    expect(row.locator(".pill")).to_have_text("Done")
    page.fill("#q", "in-the-list")
    expect(page.locator(".row")).to_have_count(1)
    page.fill("#q", "project:lighthouse is:failed in-the-list")
    expect(page.locator("#empty")).to_be_visible()


def test_a_list_that_is_held_still_catches_up(visitor: Visitor) -> None:
    """Nothing moves while somebody reads; afterwards what was missed is there."""
    page = visitor.go("/")
    expect(page.locator("#link-state")).to_have_text("Live")
    page.keyboard.press("p")
    expect(page.locator("#link-state")).to_have_text("Paused")
    job_id = visitor.submit(jobId="meanwhile", previewRequest=a_request(**SHORT))
    other = visitor.page.context.new_page()
    Visitor(other, visitor.site).see(job_id, "success")
    other.close()
    assert page.locator(f"[data-id={job_id}]").count() == 0

    page.keyboard.press("p")

    expect(page.locator(f"[data-id={job_id}] .pill")).to_have_text("Done")


def test_everything_can_be_reached_with_keys(visitor: Visitor) -> None:
    """From the list to a job, to the search, to the dead letters, and help on all keys."""
    job_id = visitor.submit(jobId="by-keys", previewRequest=a_request(**SHORT))
    page = visitor.go("/?q=by-keys")
    expect(page.locator(".row")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/jobs/{job_id}")
    page.keyboard.press("d")
    page.wait_for_url("**/dead")
    page.keyboard.press("g")
    page.wait_for_selector("#rows")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()


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
    job_id = visitor.submit(jobId="stop", previewRequest=a_request(**{**LONG, "options": options}))
    page = visitor.go(f"/jobs/{job_id}")
    visitor.until("running")

    page.click("[data-act=cancel]")

    visitor.until("failed")
    expect(page.locator(".failure")).to_contain_text("Cancelled by anybody")


def test_two_previews_are_compared_scene_by_scene(visitor: Visitor) -> None:
    """What changed is told in words, a click shows it on both sides, or laid over each other."""
    for name, title in (("before", "Draw a card"), ("after", "Draw two cards")):
        steps = [{"title": title, "text": "Then pass."}, {"title": "End", "text": "Count."}]
        visitor.see(visitor.submit(jobId=name, previewRequest=a_request(steps=steps)), "success")
    page = visitor.go("/compare?a=before&b=after")

    expect(page.locator("tr.other")).to_contain_text("Draw a card")
    page.locator("tr.other button").first.click()
    page.click("#overlay")
    expect(page.locator("#sides")).to_have_class("sides overlaid")
    at = "() => [...document.querySelectorAll('#sides video')].map((one) => one.currentTime > 1)"
    assert page.evaluate(at) == [True, True]


def test_a_page_fits_on_a_phone(visitor: Visitor) -> None:
    """Nothing has to be scrolled sideways, however long an id is."""
    long_id = "x" * 200
    visitor.see(visitor.submit(jobId=long_id, previewRequest=a_request(**SHORT)), "success")
    steps = [{"text": f"Step {n}. " + "Draw a card. " * 9} for n in range(12)]
    visitor.see(visitor.submit(jobId="many", previewRequest=a_request(steps=steps)), "success")
    visitor.page.set_viewport_size(PHONE)
    paths = (
        "/jobs/many",
        "/",
        f"/jobs/{long_id}",
        "/dead",
        "/submit",
        "/compare",
        f"/compare?a={long_id}",
    )
    for number, path in enumerate(paths):
        page = visitor.go(path)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        visitor.keep(f"phone-{number}")
        assert width <= PHONE["width"], path


def test_somebody_with_a_key_to_look_can_do_nothing_else(stage: Stage, visitor: Visitor) -> None:
    """There is no button, and no page, for what the role does not allow."""
    visitor.site = stage.locked_site
    page = visitor.go("/")
    visitor.type_in(SECRETS["read"])
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


def _put_cursor(editor: Locator, place: int) -> None:
    """Put the cursor into the text as a click would."""
    editor.evaluate(
        "(field, at) => { field.focus(); field.setSelectionRange(at, at); field.click(); }", place
    )
