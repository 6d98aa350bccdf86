"""The page of a placeholder says what is lacking in any look and shape, and is not overlooked."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from preview_worker.render.model import Cue, Timeline
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Words
from preview_worker.render.placeholder import MESSAGES, PlaceholderCard
from preview_worker.render.quality import judge_scene
from tests.unit.render.jobs import timeline_of

CODE = "permanent.render_crash"
LONG = "Place every one of the seventeen wooden keepers on the longest dock. " * 8


def _timeline(resolution: str, theme: str, title: str, code: str = CODE) -> Timeline:
    """Return a preview whose second scene is a placeholder."""
    options = {"resolution": resolution, "theme": theme}
    timeline = timeline_of(steps=[{"text": "Deal.", "durationSec": 30}], options=options)
    first, second, *others = timeline.scenes
    card = PlaceholderCard(MESSAGES["en"], title, code=code)
    return replace(timeline, scenes=(first, replace(second, card=card), *others))


def _texts(timeline: Timeline) -> dict[str, str]:
    painter = Painter(timeline.profile, lambda _: pytest.fail("it shows no picture"), timeline.look)
    (page,) = painter.plan(timeline.scenes[1]).pages
    return {one.role: one.block.text for one in page.items if isinstance(one, Words)}


def test_it_says_what_is_lacking_and_why() -> None:
    """The scene's title, the sentence and the code, under a sign."""
    assert _texts(_timeline("1280x720", "dark", "Deal the cards")) == {
        "badge": "!",
        "title": "Deal the cards",
        "body": "This scene could not be rendered",
        "facts": CODE,
    }


def test_it_leaves_out_what_nobody_knows() -> None:
    """A scene need not have a title, and a worker of another kind tells no code."""
    assert set(_texts(_timeline("1280x720", "dark", "", ""))) == {"badge", "body"}


@pytest.mark.parametrize("resolution", ["1920x1080", "160x90", "720x1280", "800x800"])
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("title", ["", "Deal", LONG])
def test_it_can_be_read_in_every_shape_and_look(resolution: str, theme: str, title: str) -> None:
    """Nobody has to be told anything of it: all fits, and stands out from its ground."""
    timeline = _timeline(resolution, theme, title)
    painter = Painter(timeline.profile, lambda _: pytest.fail("it shows no picture"), timeline.look)
    spread = painter.plan(timeline.scenes[1])

    assert judge_scene(timeline.scenes[1], spread, painter) == []
    (page,) = spread.pages
    boxes = [one.box for one in page.items if isinstance(one, Words)]
    assert all(one.bottom <= other.y + 0.01 for one, other in pairwise(boxes))


def test_tapes_mark_both_sides() -> None:
    """From the upper edge to the lower one, also where burned captions have a part of the page."""
    timeline = _timeline("1280x720", "dark", "Deal")
    cue = Cue(0, 30, ("Deal three cards to everyone.",))
    first, second, *others = timeline.scenes
    scenes = (first, replace(second, burned=(cue,)), *others)
    pixels = []
    for one in (timeline, replace(timeline, scenes=scenes)):
        painter = Painter(one.profile, lambda _: pytest.fail("it shows no picture"), one.look)
        spread = painter.plan(one.scenes[1])
        rgba = painter.paint_frame(one.scenes[1], spread, 0)
        pixels.append(np.frombuffer(rgba, np.uint8).reshape(720, 1280, 4))
    for edge in (pixels[0][:, 5], pixels[0][:, -5]):
        amber = edge[:, 0] > 200
        assert np.count_nonzero(np.diff(amber.astype(int)) == 1) == 6
        assert 0.4 < amber.mean() < 0.6
    assert np.array_equal(pixels[0][:, :20], pixels[1][:, :20])
