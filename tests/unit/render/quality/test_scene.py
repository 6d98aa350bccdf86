"""A scene's findings as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from preview_worker.contract import Finding
from preview_worker.render.model import StepCard
from preview_worker.render.paint import Painter
from preview_worker.render.paint.callouts import settle
from preview_worker.render.paint.easel import Easel
from preview_worker.render.paint.ink import Legibility
from preview_worker.render.paint.page import Box, Hexagon, Page, Pointing, Slot
from preview_worker.render.picture import Exhibit
from preview_worker.render.pointer import Callout
from preview_worker.render.quality import judge_scene
from tests.unit.render.quality.pages import (
    BLACK,
    PICTURE,
    Look,
    codes,
    page,
    painter,
    picture,
    scene,
    spread,
    words,
)

if TYPE_CHECKING:
    import pytest

TILE = Hexagon(200, 200, 50, BLACK)
SMALL = words("Small", look=Look(30))


def test_every_finding_names_its_scene_and_what_to_do() -> None:
    """Those of the planning too, which know neither."""
    pages = spread(page(SMALL))
    pages.findings.append(Finding("text.cut", "It was cut."))
    found = judge_scene(scene(), pages, painter())

    assert codes(found) == [("text.cut", "error"), ("text.small", "warning")]
    assert {finding.scene for finding in found} == {"s"}
    assert all(finding.suggestion for finding in found)


def test_the_same_on_every_page_is_told_once() -> None:
    """A title stands on all pages of a list."""
    pages = spread(*(page(SMALL, words(text, y=600)) for text in ("one", "two", "three")))

    assert codes(judge_scene(scene(), pages, painter())) == [("text.small", "warning")]


def test_a_scene_with_nothing_to_see_or_hear_is_an_error() -> None:
    """A tile and a number in it are no content."""
    empty = spread(page(TILE, words("1", look=Look(role="badge"))))

    assert codes(judge_scene(scene(), empty, painter())) == [("scene.empty", "error")]


def test_a_scene_with_nothing_to_see_while_something_is_said_is_a_warning() -> None:
    """It can be followed by ear."""
    empty = spread(page(TILE))

    assert codes(judge_scene(scene(spoken="Listen."), empty, painter())) == [
        ("scene.empty", "warning")
    ]


def test_a_picture_alone_is_content() -> None:
    """It needs no words."""
    shown = spread(
        page(Slot(PICTURE, words("A long enough text to fill a box").box.grown(200, 200)))
    )

    assert judge_scene(scene(), shown, painter(pictures={PICTURE: picture(320, 180)})) == []


def test_judging_twice_gives_the_same() -> None:
    """So that the result can be kept with the painted scene."""
    pages = spread(page(SMALL, words("Other", 310, 310)))

    assert judge_scene(scene(), pages, painter()) == judge_scene(scene(), pages, painter())


def test_a_callout_without_room_is_told_with_what_to_do() -> None:
    """Planning leaves it out, and the judge adds its advice."""
    label = Callout("A label that no such picture has room for", (0.5, 0.5))
    pages = spread(page(words("A text"), Pointing(Box(300, 600, 60, 40), (label,))))
    settle(pages, Easel(painter().profile, painter().pictures))

    assert codes(judge_scene(scene(), pages, painter())) == [("callouts.no_room", "warning")]


def test_what_planning_tells_is_kept() -> None:
    """A layout that nobody knows, and more pictures than have room."""
    card = StepCard("1", "", "Many", "", gallery=(Exhibit(PICTURE),) * 30, layout="spiral")
    shown = replace(scene(), card=card)
    hung = painter(pictures={PICTURE: picture(320, 180)})
    found = judge_scene(shown, hung.plan(shown), hung)

    assert {"layout.unknown", "pictures.first"} <= {code for code, _ in codes(found)}


def test_contrast_is_measured_where_a_text_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """A storyboard with hundreds of comings and goings has as many pages of the same texts."""
    measured: list[Page] = []

    def measure(_: Painter, page: Page) -> tuple[Legibility, ...]:
        measured.append(page)
        return ()

    monkeypatch.setattr(Painter, "legibility", measure)
    one, other = words("One"), words("Other", y=600)
    pages = [page(one), page(one, other), page(other), page(one, other)]
    judge_scene(scene(), spread(*pages), painter())

    assert measured == pages[:2]
