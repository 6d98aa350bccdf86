"""The editor of payloads and the comparison of previews, in a real browser."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, expect

from tests.fakes.payloads import a_payload, a_request
from tests.redis_server import redis_server
from tests.stage import Visitor, browser, context, stage, visitor

__all__ = ["browser", "context", "redis_server", "stage", "visitor"]


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


def _put_cursor(editor: Locator, place: int) -> None:
    """Put the cursor into the text as a click would."""
    editor.evaluate(
        "(field, at) => { field.focus(); field.setSelectionRange(at, at); field.click(); }", place
    )
