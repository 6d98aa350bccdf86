"""Dead letters on the operator's page: looked at by cause, and run again with care."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import expect

from tests.api_server import SECRETS
from tests.fakes.payloads import a_request
from tests.redis_server import redis_server
from tests.stage import Stage, Visitor, browser, context, stage, visitor

__all__ = ["browser", "context", "redis_server", "stage", "visitor"]

_GROUP = "[data-code='invalid.asset_missing'].card"


def _bury(visitor: Visitor, names: Sequence[str], project: str = "lighthouse") -> None:
    """Have jobs die of a picture that is nowhere."""
    request = a_request(steps=[{"text": "x", "image": "nowhere.png"}])
    for name in names:
        job_id = visitor.submit(jobId=name, projectId=project, previewRequest=request)
        visitor.see(job_id, "failed")


def test_a_canary_goes_first_and_tells_how_it_fared(visitor: Visitor) -> None:
    """One runs again while the others stay, and what became of it is told on the page."""
    _bury(visitor, ["canary-1", "canary-2"], project="mine")
    page = visitor.go("/dead?project=mine")
    group = page.locator(_GROUP)
    expect(group.locator(".letters li")).to_have_count(2)

    group.locator("[data-wish=canary]").click()

    expect(group.locator(".letters li")).to_have_count(1)
    expect(group.locator(".canary")).to_contain_text("failed again")


def test_a_filter_has_a_canary_of_its_own(visitor: Visitor) -> None:
    """Over all codes that it means, and no letter beyond it."""
    _bury(visitor, ["inside-1", "inside-2"], project="inside")
    _bury(visitor, ["outside"], project="outside")
    page = visitor.go("/dead?code=invalid.*&within=1&project=inside")
    whole = page.locator(".filter-acts")
    expect(whole.locator("p").first).to_contain_text("2 letters of this filter")

    whole.locator("[data-wish=canary]").click()

    expect(whole.locator(".canary")).to_contain_text("failed again")
    expect(page.locator(".letters li")).to_have_count(1)


def test_all_of_a_filter_run_again_with_one_click(visitor: Visitor) -> None:
    """Those of other projects stay where they are."""
    _bury(visitor, ["all-1", "all-2"], project="all")
    page = visitor.go("/dead?project=all")
    page.locator(".filter-acts [data-wish=all]").click()
    expect(page.locator("#toasts")).to_contain_text("2 replayed.")

    assert page.locator(".letters [data-id]").count() == 0


def test_one_letter_is_replayed_alone(visitor: Visitor) -> None:
    """It has a button of its own."""
    _bury(visitor, ["alone-1", "alone-2"], project="alone")
    page = visitor.go("/dead?project=alone")
    page.click("[data-id='alone-1'] button")

    expect(page.locator("[data-id='alone-1']")).to_have_count(0)
    expect(page.locator("[data-id='alone-2']")).to_have_count(1)


def test_who_may_only_look_sees_letters_but_no_buttons(stage: Stage, visitor: Visitor) -> None:
    """The page is the same without what the role does not allow."""
    _bury(visitor, ["seen"], project="seen")
    visitor.site = stage.locked_site
    page = visitor.go("/dead?project=seen")
    visitor.type_in(SECRETS["read"])
    expect(page.locator(".letters [data-id='seen']")).to_be_visible()

    assert page.locator("[data-wish]").count() == 0
