"""The operator's page for everybody: axe-core finds nothing on any page, at any width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api_server import SECRETS
from tests.fakes.payloads import a_request
from tests.interop.node import FOLDER, install_packages
from tests.jobs import LONG
from tests.redis_server import redis_server
from tests.stage import DESK, PHONE, Stage, Visitor, browser, stage

__all__ = ["browser", "redis_server", "stage"]

PAGES = {
    "list": "/",
    "nothing-found": "/?q=no-such-thing",
    "done": "/jobs/axe-done",
    "failed": "/jobs/axe-failed",
    "dry": "/jobs/axe-dry",
    "dead": "/dead",
    "audit": "/audit",
    "submit": "/submit?from=axe-done",
    "choose": "/compare",
    "compare": "/compare?a=axe-done&b=axe-done",
    "no-such-job": "/jobs/nowhere",
}


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of axe-core, as npm installs it."""
    install_packages()
    return Path(FOLDER, "node_modules", "axe-core", "axe.min.js").read_text()


@pytest.fixture(scope="module")
def filled(stage: Stage, browser: Browser) -> Stage:
    """Jobs in every state that has a look of its own."""
    visitor = Visitor(browser.new_page(), stage.open_site)
    hurried = [{"title": "Read", "text": "Too many words. " * 30, "durationSec": 2}]
    lost = [{"text": "x", "image": "nowhere.png"}]
    visitor.submit(jobId="axe-done", previewRequest=a_request(steps=hurried))
    visitor.submit(jobId="axe-failed", previewRequest=a_request(steps=lost))
    visitor.submit(jobId="axe-dry", dryRun=True, previewRequest=a_request())
    for job_id, status in (("done", "success"), ("failed", "failed"), ("dry", "success")):
        visitor.see(f"axe-{job_id}", status)
    visitor.page.close()
    return stage


@pytest.mark.parametrize("width", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    filled: Stage, browser: Browser, axe: str, theme: Any, width: Any
) -> None:
    """No rule is broken, of whatever weight: WCAG 2.2 A and AA, and best practices."""
    page = browser.new_page(viewport=width, color_scheme=theme, reduced_motion="reduce")
    visitor = Visitor(page, filled.open_site)
    found = {}
    for name, path in PAGES.items():
        visitor.go(path)
        page.wait_for_load_state("networkidle" if name == "submit" else "load")
        found[name] = _findings(page, axe)
        visitor.keep(f"axe-{name}-{theme}-{width['width']}")
    visitor.site = filled.locked_site
    visitor.go("/login")
    found["login"] = _findings(page, axe)
    visitor.type_in(SECRETS["read"])
    page.wait_for_selector("#rows")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    found["keys"] = _findings(page, axe)
    page.close()

    assert {name: told for name, told in found.items() if told} == {}


def test_axe_finds_nothing_while_a_preview_is_rendered(
    filled: Stage, browser: Browser, axe: str
) -> None:
    """The bar of phases says what it is, in the list as on the page of the job."""
    page = browser.new_page(viewport=DESK, reduced_motion="reduce")
    visitor = Visitor(page, filled.open_site)
    visitor.watch(jobId="axe-running", previewRequest=a_request(**LONG))
    expect(page.locator("#growing")).to_be_visible()

    found = _findings(page, axe)

    page.close()
    assert found == []


def _findings(page: Page, axe: str) -> list[str]:
    """Return what axe-core has to say of the page, with the element that it means."""
    page.evaluate(axe)
    told: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{rule['impact']} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in told
        for node in rule["nodes"]
    ]
