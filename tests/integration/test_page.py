"""The operator's page in a real browser: the list, its keys, its looks, and who may do what."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.api_server import SECRETS
from tests.fakes.payloads import a_request
from tests.jobs import SHORT
from tests.redis_server import redis_server
from tests.stage import PHONE, Stage, Visitor, browser, context, stage, visitor

__all__ = ["browser", "context", "redis_server", "stage", "visitor"]


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


def test_a_list_in_the_background_asks_for_nothing(visitor: Visitor) -> None:
    """It rests until somebody looks, and then catches up by itself."""
    page = visitor.go("/")
    expect(page.locator("#link-state")).to_have_text("Live")
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, arg=True)
    expect(page.locator("#link-state")).to_have_text("Paused")
    job_id = visitor.submit(jobId="unseen", previewRequest=a_request(**SHORT))

    page.evaluate(hide, arg=False)

    expect(page.locator(f"[data-id={job_id}] .pill")).to_have_text("Done")


def test_what_is_written_by_others_is_never_run(visitor: Visitor) -> None:
    """Titles and ids that look like markup are text on every page."""
    bad = "<img src=x onerror=alert(1)>"
    visitor.page.on("dialog", lambda dialog: visitor.complaints.append(dialog.message))
    request = a_request(title=bad, steps=[{"title": bad, "text": bad}])
    job_id = visitor.submit(jobId="markup", projectId="mark", previewRequest=request)
    page = visitor.see(job_id, "success")
    expect(page.locator("h1")).to_have_text(bad)
    page.hover("#strip", position={"x": 400, "y": 20})
    visitor.go("/?q=onerror")
    expect(page.locator(".row strong")).to_have_text(bad)
    visitor.go("/submit?from=markup")
    expect(page.locator("#stops")).to_contain_text(bad[:20])


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
        "/audit",
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
